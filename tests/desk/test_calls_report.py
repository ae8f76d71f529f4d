"""The report of an agent's calls, as numbers and as a page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from edge_agent.desk.owner.page import page
from edge_agent.desk.owner.report import CallsReport, report
from edge_agent.desk.reading import read
from edge_agent.errors import RecordsError
from tests.desk.dentist import DENTIST, LONDON, MONDAY, dialogue


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """What is kept of five calls: one books, one hangs up, two ask what nobody knows, one wants a person."""
    (tmp_path / "agent.toml").write_text(DENTIST)
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "parking.md").write_text("# Parking\n\nThere are six spaces behind the house.\n")
    state = tmp_path / "state"
    booking = calling(tmp_path, state, MONDAY)
    dialogue(booking, "a check-up on Thursday at 3 pm", "Ann Smith", "purple monkeys", "07700 900123", "yes")
    booking.passed(95)
    booking.hear("no, that's all, goodbye")
    dropped = calling(tmp_path, state, MONDAY + timedelta(hours=1))
    dropped.hear("a filling on Friday")
    dropped.hung_up()
    for _ in range(2):
        asking = calling(tmp_path, state, MONDAY + timedelta(days=1))
        dialogue(asking, "Do you do <b>implants</b>?", "no", "goodbye")
    wants = calling(tmp_path, state, MONDAY + timedelta(days=1))
    dialogue(wants, "I want to speak to a person")
    return state


def calling(folder: Path, state: Path, now: datetime) -> Desk:
    found = Desk(read(folder), state, lambda: now)
    found.greet()
    return found


def test_the_report_counts_what_happened(state: Path) -> None:
    found = report(state, LONDON)
    assert (found.calls, found.booked, found.cancelled, found.moved) == (5, 1, 0, 0)
    assert found.outcomes == {"ended": 3, "draft": 1, "open": 1}
    assert found.by_day == {"2026-03-02": 2, "2026-03-03": 3}
    assert max(found.durations_s) == 95
    assert found.unanswered == (("Do you do <b>implants</b>?", 2),)
    assert found.noted["handoff"] == 1
    assert found.tries["phone"] == {"calls": 1, "most": 1, "mean": 1}


def test_only_the_days_that_are_wanted_are_in_it(state: Path) -> None:
    found = report(state, LONDON, MONDAY + timedelta(hours=12))
    assert (found.calls, found.booked, found.since) == (3, 0, "2026-03-02")


def test_the_page_is_whole_and_asks_for_nothing_from_elsewhere(state: Path) -> None:
    html = page("Harbour & Dental", report(state, LONDON))
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    assert html.count("<svg") == 3
    assert "Harbour &amp; Dental: calls" in html
    assert "&lt;b&gt;implants&lt;/b&gt;" in html
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)


def test_a_page_without_calls_is_one_too() -> None:
    html = page("x", CallsReport("", 0, {}, {}, (), 0, 0, 0, {}, {}, (), {}))
    assert "<svg" not in html


def test_an_agent_that_took_no_call_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="No call was taken yet"):
        report(tmp_path, LONDON)


class Tags(HTMLParser):
    """What is open in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "line"):
            assert self.open.pop() == tag
