"""Nights that have 23 and 25 hours: elapsed time elapses, days are days, and no time of day is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge_agent.act.times import When, local_zone, resolve

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2027, 3, 27, 20, 0, tzinfo=BERLIN)
"""The evening before the clocks go from 02:00 to 03:00."""
AUTUMN = datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN)
"""The evening before they go from 03:00 back to 02:00."""


def first(phrase: str, now: datetime) -> When:
    found = resolve(phrase, now)
    assert found
    return found.candidates[0]


@pytest.mark.parametrize(("now", "wall"), [(SPRING, "2027-03-28 07:00"), (AUTUMN, "2026-10-25 05:00")])
def test_hours_elapse(now: datetime, wall: str) -> None:
    start = first("in ten hours", now).start
    assert start.astimezone(UTC) - now.astimezone(UTC) == timedelta(hours=10)
    assert f"{start:%Y-%m-%d %H:%M}" == wall


@pytest.mark.parametrize(("now", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_days_are_of_the_calendar(now: datetime, hours: int) -> None:
    start = first("this time tomorrow", now).start
    assert start.time() == now.time()
    assert start.astimezone(UTC) - now.astimezone(UTC) == timedelta(hours=hours)
    day = first("tomorrow", now)
    assert (day.start.hour, day.start.date()) == (0, now.date() + timedelta(days=1))


def test_a_time_that_the_clocks_skip_is_moved_by_the_hour() -> None:
    assert first("tomorrow at 2:30 am", SPRING).start.isoformat() == "2027-03-28T03:30:00+02:00"


def test_a_time_that_comes_twice_is_the_first_of_both_then_the_second() -> None:
    found = resolve("tomorrow at 2:30 am", AUTUMN)
    assert found
    assert [each.start.isoformat() for each in found.candidates] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]
    assert not found.ask


def test_between_both_the_second_is_the_next() -> None:
    between = datetime(2026, 10, 25, 0, 40, tzinfo=UTC).astimezone(BERLIN)  # 02:40, for the first time
    assert first("at 2:30 am", between).start.isoformat() == "2026-10-25T02:30:00+01:00"
    assert first("in twenty minutes", between).start.isoformat() == "2026-10-25T02:00:00+01:00"


def test_a_zone_whose_midnight_is_skipped() -> None:
    beirut = datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("Asia/Beirut"))
    assert first("tomorrow", beirut).start.isoformat() == "2027-03-28T01:00:00+03:00"


def test_the_zone_is_that_of_TZ_else_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone().key == "America/New_York"
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_zone().key == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "Nowhere/At_All")
    assert local_zone().key == "UTC"
    monkeypatch.delenv("TZ")
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Lisbon")
    monkeypatch.setattr("edge_agent.act.times.zone.LOCALTIME", link)
    assert local_zone().key == "Europe/Lisbon"
    monkeypatch.setattr("edge_agent.act.times.zone.LOCALTIME", tmp_path / "missing")
    assert local_zone().key == "UTC"
