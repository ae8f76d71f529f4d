"""Heads of model files, small and valid, to be made wrong."""

from __future__ import annotations

import struct

from edge_agent.protobuf import tagged


def gguf_head(*, version: int = 3, tensors: int = 1, entries: int = 1) -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", version, tensors, entries)


def onnx_model(*tensors: bytes, in_branch: bool = False) -> bytes:
    """A model of one node; `tensors` are its weights, or those of a branch that only the node knows."""
    weights = b"".join(tagged(5, tensor) for tensor in tensors)
    branch = tagged(5, tagged(6, weights)) if in_branch else b""
    return tagged(7, tagged(1, tagged(4, "If") + branch) + (b"" if in_branch else weights))


ONNX = onnx_model(tagged(8, "weight") + tagged(9, bytes(4)))
OUTSIDE = tagged(8, "weight") + tagged(13, tagged(1, "location") + tagged(2, "../../../../etc/passwd"))
"""A tensor of another file."""
