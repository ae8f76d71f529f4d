"""Writes an ONNX model into memory: the few fields of onnx.proto that a graph needs."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from edge_agent.protobuf import number, tagged, varint

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
        dims = b"".join(number(1, size) for size in array.shape)
        tensor = dims + number(2, _TYPES[array.dtype]) + tagged(8, name) + tagged(9, array.tobytes())
        self._parts.append(tagged(5, tensor))
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
        fields = [tagged(1, name) for name in inputs] + [tagged(2, name) for name in to]
        fields += [tagged(3, to[0]), tagged(4, kind), tagged(7, domain)]
        fields += [tagged(5, tagged(1, name) + _attribute(value)) for name, value in attributes.items()]
        self._parts.append(tagged(1, b"".join(fields)))
        return to

    def model(self) -> bytes:
        """The whole as a ModelProto."""
        opsets = [tagged(8, tagged(1, domain) + number(2, n)) for domain, n in (("", _OPSET), (CONTRIB, 1))]
        parts = [*self._parts, tagged(2, "graph")]
        begin = varint(7 << 3 | 2) + varint(sum(map(len, parts)))
        return b"".join([number(1, _IR_VERSION), begin, *parts, *opsets])  # in one go: weights are large

    def _port(self, field: int, name: str, shape: tuple[int | str, ...], dtype: type[np.generic]) -> str:
        dims = b"".join(tagged(1, number(1, d) if isinstance(d, int) else tagged(2, d)) for d in shape)
        tensor = number(1, _TYPES[np.dtype(dtype)]) + tagged(2, dims)
        self._parts.append(tagged(field, tagged(1, name) + tagged(2, tagged(1, tensor))))
        return name

    def _fresh(self) -> str:
        self._count += 1
        return f"t{self._count}"


def _attribute(value: Attribute) -> bytes:
    if isinstance(value, float):
        return varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, _FLOAT)
    if isinstance(value, int):
        return number(3, value) + number(20, _INT)
    return b"".join(number(8, n) for n in value) + number(20, _INTS)
