"""Cards: the GPUs that the llama.cpp at hand can use, and their memory.

`python -m edge_agent.think.cards` prints them as JSON.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge_agent.processes import answer_of

_GPU, _INTEGRATED = 1, 2
"""Members of ggml's `ggml_backend_dev_type` (ggml-backend.h)."""
_BUILDS = ("cuda", "vulkan", "metal", "hip", "sycl")
ASK_S = 20.0
"""A driver has so long to answer; CUDA on a cold Jetson takes some seconds."""


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU as llama.cpp sees it."""

    name: str
    """The name that llama.cpp gives it, such as CUDA0."""
    title: str
    free_mb: int
    total_mb: int
    integrated: bool
    """True if its memory is the machine's own (Jetson, APU)."""

    @property
    def kind(self) -> str:
        """cuda, vulkan, metal, ..."""
        return self.name.rstrip("0123456789").lower().replace("mtl", "metal")


_CARDS = TypeAdapter(tuple[Card, ...])
_DRIVER = "libcuda.so.1"
_NO_DRIVER = f"CUDA's driver ({_DRIVER}) is missing"
STAND_INS = (
    "usr/local/cuda*/lib64/stubs/libcuda.so",
    "usr/local/cuda*/targets/*/lib/stubs/libcuda.so",
    "usr/lib/*/stubs/libcuda.so",
    "opt/cuda/lib64/stubs/libcuda.so",
)
"""Where CUDA's toolkits have the driver's library to link with, below /. It answers that there is no driver."""


@cache
def builds() -> tuple[str, ...]:
    """What the installed llama.cpp was built for beside the CPU. It looks at names of files and loads nothing."""
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return ()
    names = {path.name for path in (Path(spec.origin).parent / "lib").glob("*ggml-*")}
    return tuple(kind for kind in _BUILDS if any(f"ggml-{kind}" in name for name in names))


def stand_in(root: Path = Path("/")) -> bool:
    """Loads the driver's library, or what CUDA's toolkit has in its place, ahead of the first import of `llama_cpp`:
    one that was built for CUDA names it, and loads without a driver only so, for the CPU. Returns whether there is no
    driver."""
    if "cuda" not in builds():
        return False
    for path in (_DRIVER, *(str(found) for where in STAND_INS for found in sorted(root.glob(where)))):
        with suppress(OSError):
            ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)  # llama.cpp's libraries find it by its name
            return path != _DRIVER
    return True


def cards(command: Sequence[str] = (sys.executable, "-m", "edge_agent.think.cards")) -> tuple[Card, ...]:
    """The cards, asked for in a process of its own. Raises OSError with the reason where that fails or hangs."""
    told = answer_of(command, ASK_S)
    if told.splitlines()[-1:] == [_NO_DRIVER.encode()]:
        raise OSError(_NO_DRIVER)
    try:
        return _CARDS.validate_json(told.splitlines()[-1] if told else b"")
    except ValidationError:
        raise OSError("the driver's answer is nonsense") from None


def chosen_devices(card: str | None) -> Any:
    """What llama.cpp wants as `devices`: the card of that name alone, or none at all."""
    found = [device for device in _devices() if card is not None and _text("name", device) == card]
    return (ctypes.c_void_p * (len(found) + 1))(*found)


def _devices() -> list[int]:
    from llama_cpp._ggml import libggml

    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    return [libggml.ggml_backend_dev_get(i) for i in range(libggml.ggml_backend_dev_count())]


def _text(what: str, device: int) -> str:
    from llama_cpp._ggml import libggml

    asked = getattr(libggml, f"ggml_backend_dev_{what}")
    asked.restype, asked.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    return str(asked(device).decode("utf-8", "replace"))


def _here() -> list[Card]:
    """The cards that this process sees."""
    from llama_cpp._ggml import libggml

    libggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    libggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p] + 2 * [ctypes.POINTER(ctypes.c_size_t)]
    found = []
    for device in _devices():
        kind = libggml.ggml_backend_dev_type(device)
        if kind not in (_GPU, _INTEGRATED):
            continue
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        libggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        free_mb, total_mb = free.value // 1_000_000, total.value // 1_000_000
        title = _text("description", device)
        found.append(Card(_text("name", device), title, free_mb, total_mb, integrated=kind == _INTEGRATED))
    return found


def _told() -> str:
    is_missing = stand_in()
    found = _here()
    return _NO_DRIVER if is_missing and not found else json.dumps([asdict(card) for card in found])


if __name__ == "__main__":
    print(_told())  # noqa: T201
