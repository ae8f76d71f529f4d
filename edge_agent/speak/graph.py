"""Cut the ONNX graph of a Piper voice (VITS) in two at its latent, on the bytes of the file: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edge_agent.protobuf import Field, fields, tagged

GRAPH = 7
"""Field of ModelProto; what follows are fields of GraphProto, NodeProto and TensorProto."""
NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO = 1, 5, 11, 12, 13
NODE_INPUT, NODE_OUTPUT, NODE_OPERATOR, TENSOR_NAME, VALUE_NAME = 1, 2, 4, 8, 1

FIRST_DECODER_WEIGHT = "dec.conv_pre.weight"
"""VITS' name for the weight of HiFi-GAN's first convolution: what goes into that convolution is the latent."""
_FLOAT_TENSOR = b"\x12\x04\x0a\x02\x08\x01"
"""ValueInfoProto.type: a tensor of floats of any shape."""


class Node(NamedTuple):
    inputs: list[str]
    outputs: list[str]
    operator: str
    raw: memoryview


@dataclass(frozen=True, slots=True)
class Halves:
    """Two ONNX models. `encoder` has the inputs of the voice and gives the latent, float32 (1, channels, frames), and,
    if the voice rounds them in the one place where VITS does, the frames of each phoneme, float32 (1, 1, phonemes);
    `decoder` makes sound of a latent, float32 (1, 1, ..., samples), and asks for `sid` too if the voice has several
    speakers.
    """

    encoder: bytes
    decoder: bytes
    latent: str
    """Name of the tensor at the cut."""


def cut(model: bytes) -> Halves | None:
    """The two halves of `model`; None if it is not a VITS graph as Piper exports it."""
    try:
        outside = list(fields(memoryview(model)))
        graph = list(fields(next(field.value for field in outside if field.number == GRAPH)))
        nodes = [node(field) for field in graph if field.number == NODE]
        latent = next(n.inputs[0] for n in nodes if FIRST_DECODER_WEIGHT in n.inputs[1:])
        (sound,) = (name(field, VALUE_NAME) for field in graph if field.number == OUTPUT)
    except (StopIteration, IndexError, ValueError):
        return None
    shell = b"".join(field.raw for field in outside if field.number != GRAPH)
    before, after = (needed(nodes, {end}, stop) for end, stop in ((latent, set[str]()), (sound, {latent})))
    if not before or any("input" in n.inputs for n in after):  # something goes around the latent
        return None
    return Halves(
        encoder=shell + tagged(GRAPH, part(graph, before, inputs=[], outputs=[latent, *durations(before)])),
        decoder=shell + tagged(GRAPH, part(graph, after, inputs=[latent], outputs=[sound])),
        latent=latent,
    )


def durations(nodes: list[Node]) -> list[str]:
    """The tensor with the frames of each phoneme: VITS rounds them up, and nothing else."""
    rounded = [n.outputs[0] for n in nodes if n.operator == "Ceil"]
    return rounded if len(rounded) == 1 else []


def needed(nodes: list[Node], wanted: set[str], given: set[str]) -> list[Node]:
    """The nodes that make the tensors `wanted` without those that only make `given`, in their order."""
    wanted, kept = set(wanted), list[Node]()
    for n in reversed(nodes):  # ONNX keeps nodes in topological order
        if wanted.intersection(n.outputs):
            kept.append(n)
            wanted |= set(n.inputs) - given
    return kept[::-1]


def part(graph: list[Field], nodes: list[Node], *, inputs: list[str], outputs: list[str]) -> bytes:
    """A GraphProto of `nodes`, with the weights and inputs of `graph` that they use, and new `inputs`, `outputs`."""
    used = {tensor for n in nodes for tensor in n.inputs}
    kept = [n.raw for n in nodes]
    kept += [f.raw for f in graph if f.number == INITIALIZER and name(f, TENSOR_NAME) in used]
    kept += [f.raw for f in graph if f.number == INPUT and name(f, VALUE_NAME) in used]
    kept += [f.raw for f in graph if f.number not in (NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO)]
    ends = [(INPUT, tensor) for tensor in inputs] + [(OUTPUT, tensor) for tensor in outputs]
    new = [tagged(number, tagged(VALUE_NAME, tensor) + _FLOAT_TENSOR) for number, tensor in ends]
    return b"".join([*kept, *new])


def node(field: Field) -> Node:
    inputs, outputs = list[str](), list[str]()
    for inner in fields(field.value):
        if inner.number == NODE_INPUT:
            inputs.append(str(inner.value, "utf-8"))
        elif inner.number == NODE_OUTPUT:
            outputs.append(str(inner.value, "utf-8"))
    return Node(inputs, outputs, name(field, NODE_OPERATOR), field.raw)


def name(field: Field, number: int) -> str:
    """The string in field `number` of a message."""
    return next((str(inner.value, "utf-8") for inner in fields(field.value) if inner.number == number), "")
