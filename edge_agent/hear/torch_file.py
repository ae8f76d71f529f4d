"""Torch file: the tensors of a file that PyTorch saved before 1.6, read without it. Nothing in the file is run."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C
"""What such a file begins with."""
Tensors = Mapping[str, npt.NDArray[np.float32]]


def read_tensors(path: Path, name: str) -> Tensors:
    """Returns the tensors in the dictionary `name` of the file. Raises ModelError for a file that is none such, or
    holds anything but numbers, texts and float32 tensors.
    """
    try:
        return _tensors(BytesIO(path.read_bytes()), name)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error
    except Exception as error:  # a broken pickle raises whatever it comes upon
        raise ModelError(f"{path} is no file of tensors that can be read ({type(error).__name__}: {error}).") from error


def _tensors(file: BytesIO, name: str) -> Tensors:
    magic, _, _, saved, keys = (_Restricted(file).load() for _ in range(5))
    if magic != MAGIC:
        raise ValueError("it begins otherwise")
    floats = {key: np.frombuffer(file.read(4 * int.from_bytes(file.read(8), "little")), "<f4") for key in keys}
    return {each: place.of(floats) for each, place in saved[name].items() if isinstance(place, _Place)}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the numbers of a tensor stand."""

    key: str
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, floats: Tensors) -> npt.NDArray[np.float32]:
        size = int(np.prod(self.shape))
        whole = tuple(int(np.prod(self.shape[axis + 1 :])) for axis in range(len(self.shape)))
        if whole != self.strides:
            raise ValueError("a tensor is not of one piece")
        return floats[self.key][self.first : self.first + size].reshape(self.shape)


class _Restricted(pickle.Unpickler):
    """A pickle may call whatever it names; this one may name three things, none of which does anything."""

    _KNOWN: Mapping[tuple[str, str], Callable[..., Any] | str] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): lambda key, first, shape, strides, *rest: _Place(
            key, first, shape, strides
        ),
        ("torch", "FloatStorage"): "float32",
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self._KNOWN[module, name]

    def persistent_load(self, pid: Any) -> str:
        """Returns the key of a storage, whose numbers come later in the file."""
        _, kind, key, *_ = pid
        if kind != "float32":
            raise pickle.UnpicklingError("it has numbers of another kind")
        return str(key)
