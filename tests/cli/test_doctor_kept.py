"""doctor: the owner's sentences, and what is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge_agent import build_act
from edge_agent.act.records import open_records
from edge_agent.doctor import kept
from edge_agent.doctor.finding import Doubt

NOW = datetime(2026, 12, 1, 12, tzinfo=ZoneInfo("UTC"))


def test_a_file_of_sentences_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_act, "own_sentences", lambda: tmp_path)
    assert kept.sentences() == f"none of your own in {tmp_path}"
    (tmp_path / "mine.yaml").write_text("language: en\nintents: {}\n")
    assert kept.sentences() == "mine.yaml"
    (tmp_path / "other.yaml").write_text("intents: [")
    with pytest.raises(Doubt, match=r"other\.yaml.*left out"):
        kept.sentences()


def test_what_is_kept_is_counted_and_a_damaged_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert kept.records() == "nothing is kept yet"
    records = open_records(tmp_path)
    records.add_timer(60, NOW)
    records.add_items("shopping", ["secret"])
    records.close()
    assert kept.records() == "timers: 1, alarms: 0, reminders: 0, lists: 1, things remembered: 0"
    (tmp_path / "records.db").write_bytes(b"x" * 5000)
    with pytest.raises(Doubt):
        kept.records()
