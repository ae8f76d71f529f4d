"""A look at a stranger's model file before an engine opens it: is it what its name says, and of one piece?"""

from __future__ import annotations

import struct
from pathlib import Path

from edge_agent.protobuf import fields

_GGUF = struct.Struct("<4sIQQ")
"""Magic, version, count of tensors, count of metadata entries."""
_VERSIONS = range(2, 4)
_LEAST_TENSOR, _LEAST_ENTRY = 24, 13
"""Bytes of the description of a tensor (name's length, dimensions, type, offset), and of a metadata entry, at least."""

_EXTERNAL_DATA = 13
"""The field of a tensor that names the file that it lies in, and where in it."""
_GRAPH, _INPUT, _NAME = 7, 11, 1
"""The fields in which a model holds its graph, that what it asks for, and that its name."""
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""The fields in which ONNX (onnx.proto) holds tensors: message -> number of a field -> the message in it."""


def gguf_problem(path: Path) -> str | None:
    """What is wrong with the head of a GGUF file, as the end of a sentence. llama.cpp checks the rest as it reads.

    Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(_GGUF.size)
    if head[:4] != b"GGUF":
        return "is not a GGUF file"
    if len(head) < _GGUF.size:
        return "is cut short"
    _, version, tensors, entries = _GGUF.unpack(head)
    if version not in _VERSIONS:
        return f"is GGUF of a version that is not known ({version})"
    if not tensors:
        return "holds no tensors: it is no model"
    if tensors * _LEAST_TENSOR + entries * _LEAST_ENTRY > path.stat().st_size:
        return "is damaged: it promises more than it holds"
    return None


def onnx_inputs(path: Path) -> set[str]:
    """Returns the names of what an ONNX file without problems asks for. Raises OSError."""
    found = [memoryview(path.read_bytes())]
    for number in (_GRAPH, _INPUT, _NAME):
        found = [field.value for message in found for field in fields(message) if field.number == number]
    return {str(name, "utf-8", "replace") for name in found}


def onnx_problem(path: Path) -> str | None:
    """What is wrong with the structure of an ONNX file, as the end of a sentence.

    Tensors that lie in other files are refused: the model chooses the names of those (CVE-2024-27318), and none of the
    manifest has any. Raises OSError.
    """
    kinds = set[str]()
    due = [("model", memoryview(path.read_bytes()))]
    try:
        while due:
            kind, message = due.pop()
            kinds.add(kind)
            for field in fields(message):
                if kind == "tensor" and field.number == _EXTERNAL_DATA:
                    return "keeps tensors in other files, which are not opened"
                if inner := _MESSAGES[kind].get(field.number):
                    due.append((inner, field.value))
    except (ValueError, IndexError):
        return "is not an ONNX file, or is damaged"
    return None if "node" in kinds else "is not an ONNX file: it holds no graph"
