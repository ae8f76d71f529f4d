"""Writes an ONNX model into memory: the few fields of onnx.proto that a graph needs, without the `onnx` package."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

Attribute = int | float | tuple[int, ...]
CONTRIB = "com.microsoft"
"""Domain of ONNX Runtime's own operators."""
_IR_VERSION, _OPSET = 8, 17
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
"""TensorProto.DataType."""
_FLOAT, _INT, _INTS = 1, 2, 7
"""AttributeProto.AttributeType."""


class Graph:
    """A GraphProto that grows node by node. Tensors are known by their names."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._count = 0

    def constant(self, array: npt.NDArray[np.generic]) -> str:
        """A tensor that is part of the model: float32, uint8 or int64."""
        name = self._fresh()
        dims = b"".join(_number(1, size) for size in array.shape)
        tensor = dims + _number(2, _TYPES[array.dtype]) + _bytes(8, name) + _bytes(9, array.tobytes())
        self._parts.append(_bytes(5, tensor))
        return name

    def input(self, name: str, shape: tuple[int | str, ...], dtype: type[np.generic] = np.float32) -> str:
        """An input; a string in its shape names a size that varies."""
        return self._port(11, name, shape, dtype)

    def output(self, name: str, shape: tuple[int | str, ...]) -> str:
        """Give the tensor `name` (float32) to the caller."""
        return self._port(12, name, shape, np.float32)

    def op(self, kind: str, *inputs: str, to: str = "", domain: str = "", **attributes: Attribute) -> str:
        """Add a node with one output, called `to` if that matters; return its name. An input "" is one left out."""
        (name,) = self.node(kind, *inputs, to=(to or self._fresh(),), domain=domain, **attributes)
        return name

    def node(
        self, kind: str, *inputs: str, to: tuple[str, ...], domain: str = "", **attributes: Attribute
    ) -> tuple[str, ...]:
        """Add a node whose outputs are called `to`."""
        fields = [_bytes(1, name) for name in inputs] + [_bytes(2, name) for name in to]
        fields += [_bytes(3, to[0]), _bytes(4, kind), _bytes(7, domain)]
        fields += [_bytes(5, _bytes(1, name) + _attribute(value)) for name, value in attributes.items()]
        self._parts.append(_bytes(1, b"".join(fields)))
        return to

    def model(self) -> bytes:
        """The whole as a ModelProto."""
        opsets = [_bytes(8, _bytes(1, domain) + _number(2, n)) for domain, n in (("", _OPSET), (CONTRIB, 1))]
        parts = [*self._parts, _bytes(2, "graph")]
        begin = _varint(7 << 3 | 2) + _varint(sum(map(len, parts)))
        return b"".join([_number(1, _IR_VERSION), begin, *parts, *opsets])  # in one go: weights are large

    def _port(self, field: int, name: str, shape: tuple[int | str, ...], dtype: type[np.generic]) -> str:
        dims = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in shape)
        tensor = _number(1, _TYPES[np.dtype(dtype)]) + _bytes(2, dims)
        self._parts.append(_bytes(field, _bytes(1, name) + _bytes(2, _bytes(1, tensor))))
        return name

    def _fresh(self) -> str:
        self._count += 1
        return f"t{self._count}"


def _attribute(value: Attribute) -> bytes:
    if isinstance(value, float):
        return _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, _FLOAT)
    if isinstance(value, int):
        return _number(3, value) + _number(20, _INT)
    return b"".join(_number(8, n) for n in value) + _number(20, _INTS)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def _bytes(field: int, value: bytes | str) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return b"".join([_varint(field << 3 | 2), _varint(len(content)), content])


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + _varint(number >> 7)
