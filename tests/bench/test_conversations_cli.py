"""Benches of conversations as commands: what they print, write, and refuse before anything is loaded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge_agent import build
from edge_agent.bench import floors
from edge_agent.cli import app
from edge_agent.errors import InputError
from edge_agent.host.engines import Engines
from edge_agent.lines.audio_file import write_wav
from edge_agent.settings import Settings
from edge_agent.store import Model, Profile
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.bench import barge, scale, utterances
from tests.rigs.bench.__main__ import app as rigs
from tests.rigs.fakes import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene().user(0.1, 0.5, "hello there").reply("hello there", "Good day.")


@pytest.fixture
def manifest(tmp_path: Path, scene: Scene) -> Path:
    """Two clips of half a second, and a row that holds no turn."""
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    clip = {"file": "a.wav", "speech_end_s": 0.5, "transcript": "Hello, there!"}
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (clip, {"file": "noise.wav"}, clip)))
    return path


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, scene: Scene, tmp_path: Path) -> list[str]:
    """Scripted engines in place of the real ones; tells what was loaded."""
    calls: list[str] = []
    names = {role: f"{role}-model" for role in ("asr", "llm", "tts", "vad", "endpoint")}
    file = tmp_path / "weights"
    file.write_bytes(b"w" * 1000)
    models = [Model(n, role, "an-engine", tmp_path, {file.name: file}, None, "MIT", {}, 1) for role, n in names.items()]  # type: ignore[arg-type]
    monkeypatch.setattr(floors, "measure", lambda threads: floors.Peaks(1e9, 1e9))
    chosen = build.Chosen(Profile(name="small", reason="", **names), *models)

    def choose(settings: Settings) -> build.Chosen:
        calls.append("choose")
        return chosen

    def engines(settings: Settings, chosen: build.Chosen) -> Engines:
        calls.append("engines")
        return scene.engines()

    monkeypatch.setattr(build, "choose", choose)
    monkeypatch.setattr(build, "engines", engines)
    return calls


def test_turns_that_code_answers_are_counted_apart(manifest: Path, loaded: list[str]) -> None:
    run = CliRunner().invoke(app, ["bench", "turns", str(manifest), "--json"])
    result = json.loads(run.stdout)
    assert [row["by"] for row in result["rows"]] == ["skill:about"] * 2
    assert result["summary"]["by_code"] == 1
    assert "LLM" not in result["summary"]["stage_medians_s"]


def test_json_is_one_object_and_progress_goes_elsewhere(manifest: Path, loaded: list[str], tmp_path: Path) -> None:
    out = tmp_path / "results"
    run = CliRunner().invoke(app, ["bench", "turns", str(manifest), "--json", "--llm-only", "--output", str(out)])
    assert run.exception is None
    result = json.loads(run.stdout)
    assert (result["kind"], result["schema"], result["passed_over"]) == ("turns", 1, 1)
    assert [row["heard"] for row in result["rows"]] == [["hello there"], ["hello there"]]
    assert result["summary"]["wer"]["rate"] == 0
    assert set(result["summary"]["floors"]) == {"LLM"}, (
        "the scripted models are of no known size but for the LLM's file"
    )
    assert result["rows"][1]["floors"]["LLM"] == pytest.approx(2 * 1000 / 1e9)
    assert result["models"]["asr"]["name"] == "asr-model"
    assert str(tmp_path) not in json.dumps(result)
    assert json.loads((out / "turns.json").read_text("utf-8")) == result
    assert (out / "turns.html").is_file()
    assert "2/2" in run.stderr
    assert loaded == ["choose", "engines"]


def test_a_damaged_clip_is_said_before_anything_is_loaded(manifest: Path, loaded: list[str]) -> None:
    (manifest.parent / "a.wav").write_bytes(b"no sound")
    run = CliRunner().invoke(app, ["bench", "turns", str(manifest)])
    assert isinstance(run.exception, InputError)
    assert loaded == []


def test_a_place_that_cannot_be_written_is_said_before_anything_is_loaded(manifest: Path, loaded: list[str]) -> None:
    run = CliRunner().invoke(app, ["bench", "turns", str(manifest), "--output", str(manifest)])
    assert isinstance(run.exception, InputError)
    assert loaded == []


def test_answers_to_nobody_are_told(manifest: Path, loaded: list[str]) -> None:
    write_wav(manifest.parent / "noise.wav", np.zeros(8000, np.float32), HEAR_RATE_HZ)
    run = CliRunner().invoke(rigs, ["false-turns", str(manifest), "--seconds", "5"])
    assert run.exception is None
    assert "0 answers, 0 onsets in 5 s of 1 clips" in run.stdout
    run = CliRunner().invoke(rigs, ["false-turns"])
    assert isinstance(run.exception, InputError), "neither a manifest nor hours"


def test_barge_in_is_told(manifest: Path, loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barge, "GAPS_S", (0.8,))
    run = CliRunner().invoke(rigs, ["barge", str(manifest), "--limit", "1", "--json"])
    assert run.exception is None
    assert json.loads(run.stdout)["summary"]["clips"] == 1


def test_the_cases_of_a_scale_have_the_settings_that_were_given(
    manifest: Path, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The children are not started: they would load real models."""
    asked: list[tuple[str, list[str]]] = []

    def in_child(case: scale.Case, made: Path, flags: list[str]) -> scale.Row:
        assert len(made.read_text().splitlines()) == case.count
        asked.append((case.value, list(flags)))
        raise subprocess.CalledProcessError(1, "bench", stderr="no more")

    monkeypatch.setattr(scale, "in_child", in_child)
    monkeypatch.setattr(utterances, "LEAST_S", 0.3)
    words = ["--only", "history", "--profile", "tiny", "--set", "turns.sure=0.8"]
    run = CliRunner().invoke(rigs, ["scale", str(manifest), *words])
    assert run.exception is None
    flags = ["--profile", "tiny", "--set", "turns.sure=0.8"]
    assert asked == [(f"{turns} turns", flags) for turns in scale.HISTORY]
    assert "history: 1 turns" in run.stdout
    assert "no more" in run.stdout
