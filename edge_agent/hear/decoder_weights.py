"""Weights of a Whisper model in CTranslate2's file: names, shapes and numbers, mapped and not read into memory."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.types import Samples

Tensor = npt.NDArray[np.generic]

_FORMAT = 6
"""Version of CTranslate2's binary format: all that its 2.x to 4.x wrote (`model_spec.py`, `_serialize`)."""
_DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
HEAD_SIZE = 64
"""Every Whisper has heads of this size."""
_GELU = 3
"""CTranslate2's number for it (`common_spec.Activation`)."""
_EXPECTED = {"pre_norm": 1, "activation": _GELU, "alibi": 0, "scale_embeddings": 0, "start_from_zero_embedding": 0}


class UnknownLayout(ValueError):
    """The file holds no Whisper decoder as we know it."""


@dataclass(frozen=True)
class Weights:
    """A decoder's tensors: float16 or float32, linear ones of shape (outputs, inputs)."""

    tensors: Mapping[str, Tensor]

    def __post_init__(self) -> None:
        for name, value in _EXPECTED.items():
            found = self.tensors.get(f"decoder/{name}")
            if found is None or int(found) != value:
                raise UnknownLayout(f"decoder/{name} is {found} and not {value}")

    def __call__(self, name: str) -> Samples:
        """The tensor `decoder/<name>` as float32. Raises UnknownLayout if it is absent or quantised."""
        return self.tensor(name).astype(np.float32)

    def tensor(self, name: str) -> Tensor:
        """The same, as it is in the file."""
        tensor = self.tensors.get(f"decoder/{name}")
        if tensor is None or tensor.dtype not in (np.float16, np.float32):
            raise UnknownLayout(f"no floats in decoder/{name}")
        return tensor

    @property
    def embeddings(self) -> Tensor:
        """One row for each token, (vocabulary, width), as in the file; the projection to the vocabulary too."""
        return self.tensors["decoder/embeddings/weight"]

    @property
    def heads(self) -> int:
        return int(self.embeddings.shape[1]) // HEAD_SIZE

    @property
    def layers(self) -> int:
        return sum(name.startswith("decoder/layer_") and name.endswith("ffn/linear_0/bias") for name in self.tensors)


def read_weights(file: Path) -> Weights:
    """The decoder in `file` (a model.bin). Raises UnknownLayout for one that we cannot convert."""
    try:
        content = np.memmap(file, np.uint8, "r")
        return Weights(_tensors(content))
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise UnknownLayout(str(error)) from error


def _tensors(content: npt.NDArray[np.uint8]) -> dict[str, Tensor]:
    """Every tensor of the file as a view of `content`, aliases too."""
    cursor = _Cursor(content.data)
    if (version := cursor.number("I")) != _FORMAT or (spec := cursor.text()) != "WhisperSpec":
        raise UnknownLayout(f"format {version} {spec if version == _FORMAT else ''}")
    cursor.number("I")  # revision of the specification
    found: dict[str, Tensor] = {}
    for _ in range(cursor.number("I")):
        name = cursor.text()
        shape = [cursor.number("I") for _ in range(cursor.number("B"))]
        dtype, size = np.dtype(_DTYPES[cursor.number("B")]), cursor.number("I")
        found[name] = np.frombuffer(content, dtype, size // dtype.itemsize, cursor.at).reshape(shape)
        cursor.at += size
    for _ in range(cursor.number("I")):
        alias = cursor.text()
        found[alias] = found[cursor.text()]
    return found


@dataclass
class _Cursor:
    content: memoryview
    at: int = 0

    def number(self, kind: str) -> int:
        """An unsigned number: "B" one byte, "H" two, "I" four, little-endian."""
        value: int = struct.unpack_from(f"<{kind}", self.content, self.at)[0]
        self.at += struct.calcsize(kind)
        return value

    def text(self) -> str:
        """A string with its length in front and a NUL behind, which the length counts."""
        length = self.number("H")
        self.at += length
        return bytes(self.content[self.at - length : self.at - 1]).decode()
