"""Cards: the GPUs that the llama.cpp at hand can use, and their memory.

`python -m edge_agent.think.cards` prints them as JSON.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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


def builds() -> tuple[str, ...]:
    """What the installed llama.cpp was built for beside the CPU. It looks at names of files and loads nothing."""
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return ()
    names = {path.name for path in (Path(spec.origin).parent / "lib").glob("*ggml-*")}
    return tuple(kind for kind in _BUILDS if any(f"ggml-{kind}" in name for name in names))


def cards(command: Sequence[str] = (sys.executable, "-m", "edge_agent.think.cards")) -> tuple[Card, ...]:
    """The cards, asked for in a process of its own. Raises OSError with the reason where that fails or hangs."""
    told = answer_of(command, ASK_S)
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


if __name__ == "__main__":
    print(json.dumps([asdict(card) for card in _here()]))  # noqa: T201
