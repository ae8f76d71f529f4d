"""GGUF: the head of a model file, its facts and its table of tensors (github.com/ggml-org/ggml, docs/gguf.md)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from edge_agent.errors import ModelError

UINT32, STRING, ARRAY = 4, 8, 9
"""Types of a fact."""
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", UINT32: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type of a number -> how struct calls it."""
ALIGNED = 32
"""Bytes at whose multiples the data and each tensor begin, unless `general.alignment` says otherwise."""
_LONG = 1 << 20


@dataclass(frozen=True, slots=True)
class TensorRow:
    """One tensor as the head of the file lists it."""

    name: str
    shape: tuple[int, ...]
    """Weights of a row first."""
    kind: int
    """The format of its weights, a `GGML_TYPE_*`."""
    bytes: int
    """What it takes of the file, and of memory, with what aligns the next one."""
    begin: int = 0
    """Where it lies in the data."""


@dataclass(frozen=True, slots=True)
class GgufValue:
    """What the file says of itself under one key."""

    value: Any
    """A number, a text, or a list of either."""
    kind: int
    inner: int = 0
    """The type of what an array holds."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a GGUF file."""

    version: int
    facts: dict[str, GgufValue]
    tensors: list[TensorRow]
    data: int
    """Where the data begins in the file."""


def tensors(path: Path) -> list[TensorRow]:
    """The tensors of a GGUF file. Raises ModelError for a damaged one, OSError."""
    return head(path).tensors


def head(path: Path) -> Head:
    """The head of a GGUF file: 0.5 s for a vocabulary of 150,000. Raises ModelError for a damaged one, OSError."""
    try:
        with path.open("rb") as file:
            magic, version, count, entries = struct.unpack("<4sIQQ", file.read(24))
            if magic != b"GGUF":
                raise ModelError(f"{path} is not a GGUF file.")
            facts = {_string(file): _fact(file) for _ in range(entries)}
            rows = [_row(file) for _ in range(count)]
            aligned = int(facts["general.alignment"].value) if "general.alignment" in facts else ALIGNED
            data = file.tell() + -file.tell() % aligned
            return Head(version, facts, _with_sizes(rows, path.stat().st_size - data), data)
    except (struct.error, KeyError, UnicodeDecodeError, OverflowError, MemoryError, RecursionError, ZeroDivisionError):
        raise ModelError(f"The head of {path} is damaged.") from None


def write_head(file: BinaryIO, version: int, facts: dict[str, GgufValue], rows: list[TensorRow]) -> None:
    """Writes a head, and zeros up to where the data begins, which is where ALIGNED says. Raises OSError."""
    parts = [struct.pack("<4sIQQ", b"GGUF", version, len(rows), len(facts))]
    for key, fact in facts.items():
        parts += [_of_string(key), struct.pack("<I", fact.kind), _of_value(fact)]
    for row in rows:
        parts += [_of_string(row.name), struct.pack("<I", len(row.shape))]
        parts += [struct.pack(f"<{len(row.shape)}Q", *row.shape), struct.pack("<IQ", row.kind, row.begin)]
    whole = b"".join(parts)
    file.write(whole + bytes(-len(whole) % ALIGNED))


def _row(file: BinaryIO) -> TensorRow:
    """A row as the head has it: without the bytes."""
    name = _string(file)
    shape = tuple(_number(file, "Q") for _ in range(_number(file, "I")))
    return TensorRow(name, shape, _number(file, "I"), 0, _number(file, "Q"))


def _with_sizes(rows: list[TensorRow], data_bytes: int) -> list[TensorRow]:
    """The rows with their sizes: each lasts until the next one begins."""
    begins = sorted(row.begin for row in rows)
    ends = dict(zip(begins, [*begins[1:], data_bytes], strict=True))
    return [replace(row, bytes=ends[row.begin] - row.begin) for row in rows]


def _fact(file: BinaryIO) -> GgufValue:
    kind = _number(file, "I")
    if kind != ARRAY:
        return GgufValue(_string(file) if kind == STRING else _number(file, _SCALARS[kind]), kind)
    inner, count = _number(file, "I"), _number(file, "Q")
    if inner == STRING:
        return GgufValue([_string(file) for _ in range(count)], kind, inner)
    form = _SCALARS[inner]
    data = _exactly(file, count * struct.calcsize(form))
    return GgufValue(list(struct.unpack(f"<{count}{form}", data)), kind, inner)


def _of_value(fact: GgufValue) -> bytes:
    if fact.kind == STRING:
        return _of_string(fact.value)
    if fact.kind != ARRAY:
        return struct.pack(f"<{_SCALARS[fact.kind]}", fact.value)
    start = struct.pack("<IQ", fact.inner, len(fact.value))
    if fact.inner == STRING:
        return start + b"".join(map(_of_string, fact.value))
    return start + struct.pack(f"<{len(fact.value)}{_SCALARS[fact.inner]}", *fact.value)


def _of_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _string(file: BinaryIO) -> str:
    return _exactly(file, _number(file, "Q")).decode()


def _number(file: BinaryIO, form: str) -> Any:
    return struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))[0]


def _exactly(file: BinaryIO, size: int) -> bytes:
    """Raises struct.error where there is less: a damaged size is not given its memory."""
    if size > _LONG and size > os.fstat(file.fileno()).st_size:
        raise struct.error("cut short")
    data = file.read(size)
    if len(data) < size:
        raise struct.error("cut short")
    return data
