"""Protobuf: the wire format of ONNX files, read and written without the `onnx` package and its protobuf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Field(NamedTuple):
    number: int
    value: memoryview
    """Payload of a length-delimited field; empty for numbers."""
    raw: memoryview
    """The field with its tag, as it stands in the file."""


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a protobuf message. Raises ValueError or IndexError for bytes that are none."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint_at(message, at)
        kind, value = tag & 7, message[:0]
        if kind == 0:
            _, at = _varint_at(message, at)
        elif kind == 2:
            length, at = _varint_at(message, at)
            value = message[at : at + length]
            at += length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"no protobuf: wire type {kind}")
        if at > len(message):
            raise ValueError("no protobuf: cut short")
        yield Field(tag >> 3, value, message[start:at])


def number(field: int, value: int) -> bytes:
    """A field that is a whole number; a negative one takes 64 bits."""
    return varint(field << 3) + varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def tagged(field: int, value: bytes | str) -> bytes:
    """A length-delimited field."""
    content = value.encode() if isinstance(value, str) else value
    return b"".join([varint(field << 3 | 2), varint(len(content)), content])


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    low = value & 0x7F
    return bytes([low]) if value < 0x80 else bytes([low | 0x80]) + varint(value >> 7)


def _varint_at(message: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:  # a file of nothing but such bytes would take for ever
            raise ValueError("no protobuf: a number without end")
