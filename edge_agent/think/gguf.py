"""GGUF: the table of tensors at the head of a model file (github.com/ggml-org/ggml, docs/gguf.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from edge_agent.errors import ModelError

_STRING, _ARRAY = 8, 9
_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Type of a value in the metadata -> its size."""


@dataclass(frozen=True, slots=True)
class TensorRow:
    """One tensor as the head of the file lists it."""

    name: str
    shape: tuple[int, ...]
    """Weights of a row first."""
    kind: int
    """The format of its weights, a `GGML_TYPE_*`."""
    bytes: int
    """What it takes of the file, and of memory."""


def tensors(path: Path) -> list[TensorRow]:
    """The tensors of a GGUF file. Raises ModelError for a damaged one, OSError."""
    try:
        with path.open("rb") as file:
            magic, _, count, entries = struct.unpack("<4sIQQ", file.read(24))
            if magic != b"GGUF":
                raise ModelError(f"{path} is not a GGUF file.")
            for _ in range(entries):
                _string(file)
                _skip(file, _number(file, "<I"))
            heads = [_head(file) for _ in range(count)]
            return _with_sizes(heads, path.stat().st_size - file.tell())
    except (struct.error, KeyError, UnicodeDecodeError, OverflowError, MemoryError):
        raise ModelError(f"The head of {path} is damaged.") from None


_Head = tuple[str, tuple[int, ...], int, int]
"""Name, shape, format, and where it begins in the data."""


def _head(file: BinaryIO) -> _Head:
    name = _string(file)
    shape = tuple(_number(file, "<Q") for _ in range(_number(file, "<I")))
    return name, shape, _number(file, "<I"), _number(file, "<Q")


def _with_sizes(heads: list[_Head], data_bytes: int) -> list[TensorRow]:
    """The rows with their sizes: each lasts until the next one begins."""
    begins = sorted(begin for *_, begin in heads)
    ends = dict(zip(begins, [*begins[1:], data_bytes], strict=True))
    return [TensorRow(name, shape, kind, ends[begin] - begin) for name, shape, kind, begin in heads]


def _skip(file: BinaryIO, kind: int) -> None:
    """Reads over a value of the metadata."""
    if kind == _STRING:
        _string(file)
    elif kind == _ARRAY:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if inner in _BYTES:
            file.seek(count * _BYTES[inner], 1)
        else:
            for _ in range(count):
                _skip(file, inner)
    else:
        file.seek(_BYTES[kind], 1)


def _string(file: BinaryIO) -> str:
    return file.read(_number(file, "<Q")).decode()


def _number(file: BinaryIO, form: str) -> int:
    return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])
