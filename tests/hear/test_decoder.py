"""Our own Whisper decoder: the file it is made of, its arithmetic, and what a draft may and may not change."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from edge_agent.hear.decoder import Tokens
from edge_agent.hear.decoder_graph import quantised
from edge_agent.hear.decoder_onnx import OnnxDecoder
from edge_agent.hear.decoder_weights import UnknownLayout, read_weights
from edge_agent.hear.onnx_writer import Graph
from edge_agent.onnx import open_session
from edge_agent.types import Samples

WIDTH, LAYERS, VOCABULARY = 128, 2, 200
TOKENS = Tokens(
    before=189,
    start=190,
    end=191,
    no_speech=192,
    no_timestamps=193,
    transcribe=194,
    languages={195: "en", 196: "fr"},
    never=(3, 4, 190, 192, 193, 194, 195, 196),
    not_first=(5, 191),
)


def small_whisper(width: int = WIDTH, seed: int = 3) -> dict[str, np.ndarray]:
    """Random weights of a decoder of two heads."""
    rng = np.random.default_rng(seed)

    def random(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float16)

    numbers = {"num_heads": 2, "pre_norm": 1, "activation": 3, "alibi": 0, "scale_embeddings": 0}
    numbers["start_from_zero_embedding"] = 0
    tensors = {name: np.array(value, np.int8) for name, value in numbers.items()}
    tensors["embeddings/weight"] = 20 * random(VOCABULARY, width)
    tensors["position_encodings/encodings"] = 10 * random(64, width)
    linear = {"self_attention/linear_0": (3, 1), "self_attention/linear_1": (1, 1), "attention/linear_0": (1, 1)}
    linear |= {
        "attention/linear_1": (2, 1),
        "attention/linear_2": (1, 1),
        "ffn/linear_0": (4, 1),
        "ffn/linear_1": (1, 4),
    }
    norms = ["layer_norm", *(f"layer_{n}/{p}/layer_norm" for n in range(LAYERS) for p in _PARTS)]
    for layer in range(LAYERS):
        for name, (outputs, inputs) in linear.items():
            tensors[f"layer_{layer}/{name}/weight"] = random(outputs * width, inputs * width)
            tensors[f"layer_{layer}/{name}/bias"] = random(outputs * width)
    for name in norms:
        tensors[f"{name}/gamma"], tensors[f"{name}/beta"] = np.ones(width, np.float16), random(width)
    return {f"decoder/{name}": tensor for name, tensor in tensors.items()}


_PARTS = ("self_attention", "attention", "ffn")


def write_ct2(file: Path, tensors: dict[str, np.ndarray], spec: str = "WhisperSpec") -> Path:
    """As CTranslate2 does, in version 6 of its format."""

    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    kinds = {"float32": 0, "int8": 1, "float16": 4}
    content = [struct.pack("<I", 6), text(spec), struct.pack("<II", 3, len(tensors))]
    for name, tensor in tensors.items():
        sizes = struct.pack(f"<B{tensor.ndim}I", tensor.ndim, *tensor.shape)
        kind = struct.pack("<BI", kinds[tensor.dtype.name], tensor.nbytes)
        content += [text(name), sizes, kind, tensor.tobytes()]
    aliases = struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight")
    file.write_bytes(b"".join([*content, aliases]))
    return file


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> OnnxDecoder:
    file = write_ct2(tmp_path_factory.mktemp("whisper") / "model.bin", small_whisper())
    return OnnxDecoder(file, TOKENS, states(1500, seed=1), threads=1)


def states(count: int, seed: int) -> Samples:
    return np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)


def test_the_writer_makes_a_graph_that_runs() -> None:
    graph = Graph()
    x = graph.input("x", ("m", 3))
    weight = graph.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    graph.op("Softmax", graph.op("MatMul", x, weight), to="y", axis=-1)
    graph.output("y", ("m", 2))
    (y,) = open_session(graph.model()).run(None, {"x": np.ones((2, 3), np.float32)})
    assert y == pytest.approx(np.tile(np.exp([6, 9]) / np.exp([6, 9]).sum(), (2, 1)))


def test_eight_bits_are_within_half_a_step() -> None:
    weight = np.random.default_rng(0).standard_normal((1030, 256)).astype(np.float32)
    weight[7] = 0
    codes, scales = quantised(weight)
    back = ((codes.astype(np.float32) - 128) * scales[..., np.newaxis]).reshape(weight.shape)
    assert (np.abs(back - weight) <= np.repeat(scales, 128, axis=1) * 0.501).all()
    with pytest.raises(UnknownLayout):
        quantised(weight[:, :100])


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    good = write_ct2(tmp_path / "good.bin", small_whisper()).read_bytes()
    for name, content in {"empty": b"", "text": b"{}" * 40, "cut": good[: len(good) // 2], "head": good[:3]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnknownLayout):
            read_weights(tmp_path / name)
    with pytest.raises(UnknownLayout):
        read_weights(tmp_path / "absent")
    with pytest.raises(UnknownLayout):
        read_weights(write_ct2(tmp_path / "other", small_whisper(), spec="TransformerSpec"))


@pytest.mark.parametrize("changed", ["activation", "pre_norm", "layer_0/ffn/linear_0/weight"])
def test_a_decoder_of_another_make_is_refused(tmp_path: Path, changed: str) -> None:
    tensors = small_whisper()
    tensors[f"decoder/{changed}"] = np.zeros_like(tensors[f"decoder/{changed}"], dtype=np.int8)
    with pytest.raises(UnknownLayout):
        OnnxDecoder(write_ct2(tmp_path / "model.bin", tensors), TOKENS, states(1500, seed=1), threads=1)


@pytest.mark.parametrize("seed", range(6))
def test_a_draft_changes_the_time_only(decoder: OnnxDecoder, seed: int) -> None:
    said = states(100 + seed, seed)
    plain = decoder.decode(said, "en", most=20)
    wrong = tuple(np.random.default_rng(seed).integers(0, 190, 9).tolist())
    for draft in (plain.ids, plain.ids[:3], plain.ids[:4] + wrong, wrong, plain.ids + wrong):
        again = decoder.decode(said, "en", most=20, draft=draft)
        assert again.ids == plain.ids
        assert again.log_probability == pytest.approx(plain.log_probability, abs=0.05)


def test_the_ceiling_holds_with_and_without_a_draft(decoder: OnnxDecoder) -> None:
    said = states(100, seed=1)
    long = decoder.decode(said, "en", most=20)
    assert len(decoder.decode(said, "en", most=3, draft=long.ids).ids) <= 3
    assert len(decoder.decode(said, "en", most=10_000).ids) <= 60  # the positions that there are


def test_what_is_no_text_is_never_chosen(decoder: OnnxDecoder) -> None:
    for seed in range(6):
        ids = decoder.decode(states(100, seed), None, most=20).ids
        assert not set(ids) & {*TOKENS.never, TOKENS.end}
        assert ids[0] not in TOKENS.not_first


def test_a_window_of_all_30_s_and_one_of_another_length(decoder: OnnxDecoder) -> None:
    lengths = (1500, 40, 1500, 40)
    first, second, third, fourth = (decoder.decode(states(n, seed=4), "fr", most=8) for n in lengths)
    assert (first, second) == (third, fourth)
    assert first.language == "fr"
