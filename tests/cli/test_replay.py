"""`edge-agent replay`: what was recorded is heard again, and is not said again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scripted_agent
from typer.testing import CliRunner

from edge_agent import build
from edge_agent.cli import app
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.watch.history import History
from edge_agent.watch.recorder import PART


def test_a_replay_is_not_kept_in_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("choose", "engines"):
        monkeypatch.setattr(build, name, getattr(scripted_agent, name))
    write_wav(tmp_path / "said.wav", scripted_agent.speech("plain"), HEAR_RATE_HZ)
    history, kept = History(tmp_path / "state"), str(tmp_path / "kept")
    history.turn_on()
    for words, turns in (
        (["talk", "--fast", "--input", str(tmp_path / "said.wav"), "--record", kept], 1),
        (["replay", kept], 1),
    ):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0, answer.output
        assert f"You:   {scripted_agent.PHRASES['plain']}" in answer.output
        assert len(list(history.exchanges())) == turns


def test_what_a_killed_process_left_is_named(tmp_path: Path) -> None:
    write_wav(tmp_path / PART, np.zeros(100, np.float32), HEAR_RATE_HZ)
    error = CliRunner().invoke(app, ["replay", str(tmp_path)]).exception
    assert isinstance(error, InputError)
    assert error.fix == f"mv {tmp_path}/mic.wav.part {tmp_path}/mic.wav"
