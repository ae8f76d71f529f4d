"""Messages that callers have left."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.phone import notes
from edge_agent.phone.notes import FILE, Note, Notes

ONE = Note("2026-12-01T10:00:00+01:00", "+4930123456", "Ada", "0301234", "Call me, please. 😀", "Anna")


def test_messages_are_read_as_they_were_left_by_the_owner_alone(tmp_path: Path) -> None:
    kept = Notes(tmp_path / "state")
    assert kept.all() == []
    kept.add(ONE)
    kept.add(replace(ONE, name="Bea"))
    assert Notes(tmp_path / "state").all() == [ONE, replace(ONE, name="Bea")]
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o077 == 0


def test_two_calls_that_leave_messages_at_once_leave_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "KEPT", 40)
    kept = Notes(tmp_path)
    threads = [
        threading.Thread(target=lambda n=n: [kept.add(replace(ONE, name=f"{n}")) for _ in range(5)]) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.all()) == 40


def test_a_message_that_cannot_be_kept_is_not_promised(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        Notes(tmp_path / "file").add(ONE)
