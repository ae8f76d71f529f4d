"""What is kept of calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_agent.doors.phone import told
from edge_agent.phone import record
from edge_agent.phone.record import FILE, CallRecord, CallRecords

ONE = CallRecord("2026-12-01T10:00:00+01:00", "…456@10.0.0.1", False, 12.5, "PCMA", 2, "caller", 0.01, 1.5, 4.3)


def test_records_are_read_as_they_were_written_and_the_last_are_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(record, "KEPT", 3)
    calls = CallRecords(tmp_path / "state")
    assert calls.all() == []
    for turns in range(5):
        calls.add(replace(ONE, turns=turns))
    assert CallRecords(tmp_path / "state").all() == [replace(ONE, turns=turns) for turns in (2, 3, 4)]
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o077 == 0


def test_what_is_no_record_is_left_out(tmp_path: Path) -> None:
    calls = CallRecords(tmp_path)
    calls.add(ONE)
    with (tmp_path / FILE).open("a") as file:
        file.write('{"at": "now"}\nnonsense\n[1]\n')
    assert calls.all() == [ONE]


def test_a_record_that_cannot_be_written_ends_no_call(tmp_path: Path, caplog) -> None:
    (tmp_path / "file").touch()
    CallRecords(tmp_path / "file").add(ONE)
    assert "could not be written" in caplog.text


def test_a_record_is_told_in_words() -> None:
    assert told(ONE) == "a call of …456@10.0.0.1, 12 s, 2 turns, PCMA, 1.0% lost; they hung up."
    called = replace(ONE, outgoing=True, seconds=0.0, turns=1, ended="not answered")
    assert told(called) == "called …456@10.0.0.1, 0 s, 1 turn; not picked up."
