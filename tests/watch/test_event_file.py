"""Events whose disk refuses: the conversation goes on, it is said once, and the command fails at its end."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import InputError, StateError
from edge_agent.events import TurnDone
from edge_agent.watch.log import EventFile
from edge_agent.watch.recorder import EVENTS, MICROPHONE, Recorder
from tests.rigs.fakes import Tape
from tests.rigs.full_disk import FULL, fill

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="Linux only")


def write(file: Path, turns: int, error: Exception | None = None) -> None:
    with EventFile(file) as events:
        fill(file)
        for turn in range(turns):
            events(TurnDone(turn, 0.0, 1.0))
        if error:
            raise error


def record(folder: Path) -> None:
    with Recorder(folder, Tape(np.zeros(1600, np.float32))) as recorder:
        fill(folder / EVENTS)
        recorder.line.source.read()
        recorder.on_event(TurnDone(0, 0.0, 1.0))


def test_a_full_disk_is_said_once_and_at_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "events.jsonl"
    with pytest.raises(StateError, match="does not hold all events"):
        write(file, 3)
    (said,) = caplog.messages
    assert said == f"Nothing more is written to {file} (No space left on device)."


def test_what_ends_the_conversation_is_not_hidden_by_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "events.jsonl", 1, ZeroDivisionError())


def test_the_sound_is_kept_where_the_events_are_not(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="does not hold all events"):
        record(tmp_path)
    assert (tmp_path / MICROPHONE).exists()


def test_events_are_for_their_owner_alone_whoever_had_the_file_open(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("of before")
    file.chmod(0o644)
    with file.open() as reader, EventFile(file) as events:
        events(TurnDone(0, 0.0, 1.0))
        assert reader.read() == "of before", "a new file, of which it sees nothing"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "turn_done" in file.read_text()


def test_events_go_through_no_link_and_into_no_pipe(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "events.jsonl", tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    file.symlink_to(elsewhere)
    with pytest.raises(InputError, match="it is a link"):
        EventFile(file)
    file.unlink()
    os.mkfifo(file)  # opened, it would wait for a reader for ever
    with pytest.raises(InputError, match="no regular file"):
        EventFile(file)
    assert elsewhere.read_text() == "mine"


def test_events_go_into_nobody_elses_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("theirs")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(InputError, match="somebody else's"):
        EventFile(file)
    assert file.read_text() == "theirs"
