"""`agents try --voice`: an agent at the microphone, of which nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import agents, talk
from edge_agent.desk.home import state_of_agent
from edge_agent.desk.reading import read
from tests.desk.dentist import DENTIST


def test_what_is_booked_by_voice_is_booked_in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    folder, tried = tmp_path / "dentist", []
    folder.mkdir()
    (folder / "agent.toml").write_text(DENTIST, encoding="utf-8")

    def converse(chosen: Any, *_: Any, **__: Any) -> None:
        copy = read(chosen.act.agent)
        (chosen.act.agent / "bookings.ics").write_text("booked", encoding="utf-8")
        state_of_agent(copy).mkdir(parents=True)
        tried.append((copy.folder, state_of_agent(copy)))

    monkeypatch.setattr(talk, "converse", converse)
    monkeypatch.setattr(talk, "check_line", lambda *_: None)
    done = CliRunner().invoke(agents.app, ["try", str(folder), "--voice"])
    assert done.exit_code == 0, done.output
    ((copy, state),) = tried
    assert copy != folder
    assert state != state_of_agent(read(folder))
    assert [each.name for each in folder.iterdir()] == ["agent.toml"]
    assert not copy.exists()
    assert not state.exists()


def test_at_the_microphone_there_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(DENTIST, encoding="utf-8")
    assert CliRunner().invoke(agents.app, ["try", str(tmp_path), "--voice", "--json"]).exit_code != 0
