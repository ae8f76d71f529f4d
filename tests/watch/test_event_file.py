"""Events whose disk refuses: the conversation goes on, it is said once, and the command fails at its end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import StateError
from edge_agent.events import TurnDone
from edge_agent.watch.log import EventFile
from edge_agent.watch.recorder import EVENTS, MICROPHONE, Recorder
from tests.rigs.fakes import Tape

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="Linux only")


def write(turns: int, error: Exception | None = None) -> None:
    with EventFile(FULL) as events:
        for turn in range(turns):
            events(TurnDone(turn, 0.0, 1.0))
        if error:
            raise error


def record(folder: Path) -> None:
    with Recorder(folder, Tape(np.zeros(1600, np.float32))) as recorder:
        recorder.line.source.read()
        recorder.on_event(TurnDone(0, 0.0, 1.0))


def test_a_full_disk_is_said_once_and_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StateError, match="does not hold all events"):
        write(3)
    (said,) = caplog.messages
    assert said == "Nothing more is written to /dev/full (No space left on device)."


def test_what_ends_the_conversation_is_not_hidden_by_it() -> None:
    with pytest.raises(ZeroDivisionError):
        write(1, ZeroDivisionError())


def test_the_sound_is_kept_where_the_events_are_not(tmp_path: Path) -> None:
    (tmp_path / EVENTS).symlink_to(FULL)
    with pytest.raises(StateError, match="does not hold all events"):
        record(tmp_path)
    assert (tmp_path / MICROPHONE).exists()
