"""Floors: the arithmetic, against the figures of the literature; and what is not known has none."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from edge_agent.bench.floors import (
    WHISPER,
    Costs,
    Peaks,
    add_floors,
    bytes_per_token,
    decoder_bytes,
    encoder_flop,
    floors,
    measure,
)
from edge_agent.store import Model
from edge_agent.store.manifest import ModelRole

PEAKS = Peaks(read_bytes_per_s=10e9, flop_per_s=100e9)
WORK = {"speech_s": 3.0, "words": 5, "fragment_words": 4, "fragment_s": 0.8}


@pytest.mark.parametrize(
    ("size", "seconds", "gflop"), [("tiny", 30, 36.9), ("tiny", 4, 3.3), ("base", 10, 23.0), ("small", 5, 45.8)]
)
def test_the_encoder_of_whisper(size: str, seconds: float, gflop: float) -> None:
    assert encoder_flop(seconds, *WHISPER[size]) / 1e9 == pytest.approx(gflop, rel=0.03)


@pytest.mark.parametrize(("size", "megabytes"), [("tiny", 29), ("base", 52), ("small", 153)])
def test_the_decoder_of_whisper(size: str, megabytes: float) -> None:
    assert decoder_bytes(*WHISPER[size]) / 1e6 == pytest.approx(megabytes, rel=0.1)


def test_each_stage_has_the_time_that_its_work_takes_at_the_peaks() -> None:
    costs = Costs(WHISPER["base"], llm_bytes_per_token=400_000_000, tts_flop_per_s=5e9)
    found = floors(WORK, costs, PEAKS)
    assert found["LLM"] == pytest.approx(4 * 0.04)
    assert found["TTS"] == pytest.approx(0.8 * 5 / 100)
    assert found["ASR"] == pytest.approx(encoder_flop(3, 512, 6) / 100e9 + 5 * decoder_bytes(512, 6) / 10e9)


def test_what_is_not_known_has_no_floor() -> None:
    assert floors(WORK, Costs(None, None, None), PEAKS) == {}
    nothing = {"speech_s": 3.0, "words": 0, "fragment_words": 0, "fragment_s": 0.0}
    assert floors(nothing, Costs(WHISPER["base"], 1000, 5e9), PEAKS) == {}


def row(cold: bool, seconds: float) -> dict[str, Any]:
    return {"set": "a", "cold": cold, "work": WORK, "stages": [{"name": "TTS", "start_s": 0, "seconds": seconds}]}


def test_the_summary_has_the_median_share_of_the_warm_turns() -> None:
    rows = [row(True, 9.0), row(False, 0.08), row(False, 0.16), row(False, 0.4)]
    made = add_floors({"rows": rows, "summary": {}, "sets": {"a": {}}}, Costs(None, 1000, 5e9), PEAKS)
    assert made["summary"]["floors"] == {"TTS": {"floor_s": pytest.approx(0.04), "of_achieved": pytest.approx(0.25)}}
    assert made["sets"]["a"] == made["summary"]
    assert made["rows"][0]["floors"]["TTS"] == pytest.approx(0.04)


def tensor(name: bytes, *shape: int, kind: int = 8) -> bytes:
    """Its description in a GGUF header."""
    return struct.pack("<Q", len(name)) + name + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, 0)


def test_a_token_reads_the_whole_file_of_a_model_with_one_table(tmp_path: Path) -> None:
    file = tmp_path / "tied.gguf"
    file.write_bytes(b"GGUF" + tensor(b"token_embd.weight", 64, 100) + bytes(9000))
    assert bytes_per_token(file) == file.stat().st_size


@pytest.mark.parametrize(("kind", "read"), [(8, 9000 - 64 * 100 * 34 // 32), (99, None)])
def test_the_embedding_is_not_read_where_the_head_is_a_table_of_its_own(
    tmp_path: Path, kind: int, read: int | None
) -> None:
    file = tmp_path / "two.gguf"
    head = b"GGUF" + tensor(b"output.weight", 64, 100) + tensor(b"token_embd.weight", 64, 100, kind=kind)
    file.write_bytes(head + bytes(9000 - len(head)))
    assert bytes_per_token(file) == read


def test_sizes_are_read_from_the_names(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(bytes(1000))

    def model(name: str, role: ModelRole) -> Model:
        return Model(name, role, "an-engine", tmp_path, {"a.gguf": file}, None, "MIT", {}, 1)

    own = Costs.of(model("/own/whisper", "asr"), model("qwen", "llm"), model("/own/voice.onnx", "tts"))
    assert own == Costs(None, 1000, None)
    known = Costs.of(model("whisper-base", "asr"), model("qwen", "llm"), model("en_US-joe-medium", "tts"))
    assert known == Costs((512, 6), 1000, 1.64e9)


def test_the_peaks_of_this_machine_are_plausible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.bench.floors.MEASURE_S", 0.02)
    found = measure(threads=1)
    assert 1e8 < found.read_bytes_per_s < 1e13
    assert 1e8 < found.flop_per_s < 1e14
