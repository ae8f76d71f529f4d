"""Cutting a graph: the halves of a tiny voice, made here byte by byte, do together what the whole one does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.onnx import open_session
from edge_agent.protobuf import fields, tagged
from edge_agent.speak.decoder import MARGIN, LatentDecoder, windows
from edge_agent.speak.graph import FIRST_DECODER_WEIGHT, GRAPH, INITIALIZER, INPUT, NODE, OUTPUT, cut

FLOATS = b"\x12\x04\x0a\x02\x08\x01"
WEIGHT = np.linspace(-1, 1, 2 * 7, dtype=np.float32).reshape(1, 2, 7)


def node(op: str, inputs: list[str], output: str, attribute: bytes = b"") -> bytes:
    parts = [*((1, name.encode()) for name in inputs), (2, output.encode()), (4, op.encode())]
    return tagged(NODE, b"".join(tagged(*part) for part in parts) + attribute)


def tensor(name: str, value: np.ndarray) -> bytes:
    dims = b"".join(bytes([1 << 3, n]) for n in value.shape)
    return tagged(INITIALIZER, dims + bytes([2 << 3, 1]) + tagged(8, name.encode()) + tagged(9, value.tobytes()))


def model(*nodes: bytes, weight: str = FIRST_DECODER_WEIGHT, inputs: tuple[str, ...] = ("input",)) -> bytes:
    """A voice of two channels and one sample a frame; IR version 8, opset 15."""
    ends = [tagged(INPUT, tagged(1, name.encode()) + FLOATS) for name in inputs]
    ends.append(tagged(OUTPUT, tagged(1, b"output") + FLOATS))
    graph = b"".join([*nodes, tagged(2, b"voice"), tensor(weight, WEIGHT), *ends])
    return b"\x08\x08" + tagged(GRAPH, graph) + tagged(8, b"\x0a\x00\x10\x0f")


PADS = tagged(5, tagged(1, b"pads") + tagged(8, bytes([3, 3])) + b"\xa0\x01\x07")  # type: INTS
CONV = node("Conv", ["latent", FIRST_DECODER_WEIGHT], "made", PADS)
VOICE = model(node("Neg", ["input"], "latent"), CONV, node("Tanh", ["made"], "output"))


def test_the_halves_do_what_the_whole_does():
    halves = cut(VOICE)
    assert halves is not None
    text = np.random.default_rng(1).standard_normal((1, 2, 300)).astype(np.float32)
    whole = open_session(VOICE).run(None, {"input": text})[0]
    latent = open_session(halves.encoder).run(None, {"input": text})[0]
    decoder = LatentDecoder(halves.decoder, halves.latent)
    pieces = list(decoder.stream(latent[0], 16))
    assert len(pieces) > 3
    assert np.allclose(np.concatenate([sound for sound, _ in pieces]), whole.reshape(-1), atol=1e-6)
    assert [left for _, left in pieces] == [300 - end for _, end in windows(300, 16)]


def test_the_encoder_tells_the_frames_of_each_phoneme():
    """Where exactly one thing is rounded up: of two nobody knows which it is."""
    rounding = node("Ceil", ["input"], "w_ceil"), node("Neg", ["w_ceil"], "latent")
    halves = cut(model(*rounding, CONV, node("Tanh", ["made"], "output")))
    assert halves is not None
    text = np.linspace(0, 5, 20, dtype=np.float32).reshape(1, 2, 10)
    latent, frames = open_session(halves.encoder).run(None, {"input": text})
    assert np.array_equal(frames, np.ceil(text))
    assert np.array_equal(latent, -frames)
    twice = cut(model(rounding[0], node("Ceil", ["w_ceil"], "latent"), CONV, node("Tanh", ["made"], "output")))
    assert twice is not None
    assert len(open_session(twice.encoder).get_outputs()) == 1


def test_each_half_has_only_what_it_needs():
    halves = cut(VOICE)
    assert halves is not None
    assert FIRST_DECODER_WEIGHT.encode() not in halves.encoder
    assert b"Neg" not in halves.decoder


def test_a_second_input_of_the_decoder_stays_one():
    """As the speaker of a voice that has several."""
    shifted = node("Add", ["made", "sid"], "output")
    halves = cut(model(node("Neg", ["input"], "latent"), CONV, shifted, inputs=("input", "sid")))
    assert halves is not None
    assert {tensor.name for tensor in open_session(halves.decoder).get_inputs()} == {"latent", "sid"}
    assert {tensor.name for tensor in open_session(halves.encoder).get_inputs()} == {"input"}


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"not a model" * 100,
        VOICE[:-40],
        model(CONV.replace(b"latent", b"input"), node("Tanh", ["made"], "output")),
        model(node("Neg", ["input"], "latent"), CONV, node("Add", ["made", "input"], "output")),
        model(node("Neg", ["input"], "output"), weight="other"),
    ],
    ids=["empty", "junk", "truncated", "no encoder", "something goes around the latent", "no such weight"],
)
def test_what_is_no_vits_is_not_cut(other):
    assert cut(other) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read_to_the_end(junk):
    assert cut(junk) is None


@given(st.integers(1, 5000), st.integers(0, 400))
def test_windows_cover_all_frames_once(frames, first):
    made = windows(frames, first)
    assert [begin for begin, _ in made] == [0, *(end for _, end in made[:-1])]
    assert made[-1][1] == frames
    if len(made) > 1:
        assert made[0] == (0, first)
        assert made[-1][1] - made[-1][0] >= 2 * MARGIN


def test_fields_give_back_the_message():
    assert b"".join(field.raw for field in fields(memoryview(VOICE))) == VOICE
