"""Alarms and reminders on nights on which the clock is changed, and on machines whose clock is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_world import BERLIN, DAILY, World, at

from edge_agent.act.records.local import exists, instant
from edge_agent.errors import RecordsError

HOUR = 3600.0
DAY = 24 * HOUR


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "records.db")


def starting(text: str, fold: int = 0) -> World:
    return World(wall=at(text, fold=fold).astimezone(UTC))


@pytest.mark.parametrize("days", [frozenset(), DAILY])
def test_what_is_left_out_in_spring_rings_at_the_first_minute_that_exists(days: frozenset[int]) -> None:
    world = starting("2026-03-28 20:00")
    world.records.add_alarm(at("2026-03-29 02:30"), world.now, days, "early")
    assert world.rings_within(10 * HOUR) == [("early", "03:00")]
    assert world.rings_within(DAY) == ([("early", "02:30")] if days else []), "and the next night as always"


@pytest.mark.parametrize("days", [frozenset(), DAILY])
def test_what_comes_twice_in_autumn_rings_once_the_first_time(days: frozenset[int]) -> None:
    world = starting("2026-10-24 20:00")
    world.records.add_alarm(at("2026-10-25 02:30"), world.now, days, "early")
    assert world.rings_within(6.5 * HOUR) == [("early", "02:30")]
    assert world.wall == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert world.rings_within(12 * HOUR) == []
    assert world.rings_within(DAY) == ([("early", "02:30")] if days else [])


def test_in_the_second_of_the_two_hours_the_first_has_passed() -> None:
    world = starting("2026-10-25 02:10", fold=1)
    daily = world.records.add_alarm(at("2026-10-25 02:30"), world.now, DAILY, "daily")
    assert daily.next == datetime(2026, 10, 26, 2, 30)
    with pytest.raises(RecordsError, match="has passed"):
        world.records.add_alarm(at("2026-10-25 02:30"), world.now)
    world.records.add_reminder("tea", at("2026-10-25 02:30", fold=1), world.now)
    assert world.rings_within(HOUR) == [("tea", "02:30")]


def test_in_the_first_of_the_two_hours_the_second_can_be_meant() -> None:
    world = starting("2026-10-25 01:50")
    world.records.add_reminder("in 100 minutes", world.now.astimezone(UTC) + timedelta(minutes=100), world.now)
    assert world.rings_within(99 * 60, 60) == []
    assert world.rings_within(60, 60) == [("in 100 minutes", "02:30")]


def test_a_machine_that_was_off_in_the_night_of_the_change_announces_once() -> None:
    for night in ("2026-03-28 20:00", "2026-10-24 20:00"):
        world = starting(night)
        tomorrow = (world.now + timedelta(days=1)).replace(hour=2, minute=30)
        world.records.add_alarm(tomorrow, world.now, DAILY, "early")
        world.passes(12 * HOUR)
        assert [(ring.text, ring.missed) for ring in world.due()] == [("early", True)]
        assert world.rings_within(DAY) == [("early", "02:30")]


def test_seven_stays_seven_through_a_year() -> None:
    world = starting("2026-01-01 12:00")
    world.records.add_alarm(at("2026-01-02 07:00"), world.now, DAILY)
    assert [when for _ in range(365) for _, when in world.rings_within(DAY, 3600)] == ["07:00"] * 365


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]),
    st.datetimes(datetime(2010, 1, 1), datetime(2037, 1, 1)),
    st.integers(0, 1),
)
def test_every_local_time_is_an_instant(name: str, local: datetime, fold: int) -> None:
    """What exists is shown at that instant; what does not is the first minute after the gap."""
    zone = ZoneInfo(name)
    found = instant(local.replace(fold=fold), zone)
    shown = found.astimezone(zone).replace(tzinfo=None)
    if exists(local, zone):
        assert shown == local
    else:
        assert shown > local
        assert (found - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None) < local


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_the_hour_that_is_left_out_is_the_first_minute_after_it(minute: int) -> None:
    for fold in (0, 1):
        missing = datetime(2026, 3, 29, 2, minute, 5, fold=fold)
        assert not exists(missing, BERLIN)
        assert instant(missing, BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_day_that_is_left_out() -> None:
    assert instant(datetime(2011, 12, 30, 7), ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_clock_that_is_set_back_a_little_rings_nothing_twice(world: World) -> None:
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, DAILY, "up")
    world.records.add_reminder("pills", at("2026-12-01 07:00"), world.now, "FREQ=DAILY")
    assert len(world.rings_within(19 * HOUR, 60)) == 2
    for back_s in (5.0, HOUR, 60):
        world.clock_is_set(-back_s)
        assert world.rings_within(2 * HOUR, 60) == []
    assert world.rings_within(DAY, 60) == [("up", "07:00"), ("pills", "07:00")]


def test_a_clock_that_is_set_forward_loses_nothing(world: World) -> None:
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, name="up")
    world.clock_is_set(20 * HOUR)
    assert [(ring.text, ring.missed) for ring in world.due()] == [("up", True)]


def test_a_clock_that_was_years_ahead_does_not_silence_the_mornings(world: World) -> None:
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, DAILY, "up")
    world.records.add_reminder("pills", at("2026-12-01 07:00"), world.now, "FREQ=DAILY")
    world.clock_is_set(3650 * DAY)
    assert len(world.due()) == 2
    world.clock_is_set(-3650 * DAY)
    assert world.due() == []
    assert world.rings_within(2 * DAY) == [("up", "07:00"), ("pills", "07:00")] * 2


def test_an_alarm_that_was_set_by_a_clock_years_ahead(world: World) -> None:
    world.clock_is_set(3650 * DAY)
    world.records.add_alarm(world.now.replace(hour=7, minute=0), world.now, DAILY, "up")
    world.clock_is_set(-3650 * DAY)
    assert world.rings_within(2 * DAY) == [("up", "07:00")] * 2


def test_a_boot_in_1970_announces_nothing_that_has_rung(world: World) -> None:
    """A machine without a battery for its clock; the network tells the time a minute later."""
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, DAILY, "up")
    assert world.rings_within(20 * HOUR, 60) == [("up", "07:00")]
    since_1970_s = world.wall.timestamp()
    world.reboots(after_s=-since_1970_s)
    assert world.wall.year == 1970
    assert world.rings_within(60, 60) == []
    world.clock_is_set(since_1970_s)
    assert world.rings_within(HOUR, 60) == []
    assert world.rings_within(DAY, 60) == [("up", "07:00")]


Happening = tuple[str, float]
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(["passes", "set", "reboots"]), st.floats(-6 * HOUR, 30 * HOUR)), max_size=20
)


@given(HAPPENINGS)
def test_whatever_is_done_to_clock_and_power_each_time_rings_once(happens: list[Happening]) -> None:
    """Steps back of up to 6 hours. Of several times that pass at once the last is told."""
    world = World()
    world.records.add_alarm(at("2026-12-02 07:00"), world.now, name="once")
    world.records.add_alarm(at("2026-12-01 06:00"), world.now, DAILY, "daily")
    furthest, rung = world.wall, []
    for what, seconds in happens:
        if what == "passes":
            world.passes(abs(seconds))
        elif what == "set":
            world.clock_is_set(max(seconds, (furthest - world.wall).total_seconds() - 6 * HOUR))
        else:
            world.boot, world.up_s = world.boot + 1, 20.0
        furthest = max(furthest, world.wall)
        rung += [(ring.text, ring.due) for ring in world.due()]
    assert len(rung) == len(set(rung)), "nothing twice"
    once, daily = ([due for text, due in rung if text == name] for name in ("once", "daily"))
    assert once == ([at("2026-12-02 07:00")] if furthest >= at("2026-12-02 07:00") else [])
    last = furthest.astimezone(BERLIN).replace(hour=6, minute=0, second=0, microsecond=0)
    last -= timedelta(days=last > furthest)
    assert daily == sorted(daily)
    assert daily[-1:] == ([last] if last >= at("2026-12-01 06:00") else [])


@given(HAPPENINGS, st.floats(1, 100 * HOUR))
def test_whatever_is_done_to_the_clock_a_timer_is_elapsed_time(happens: list[Happening], asked_s: float) -> None:
    world = World()
    world.records.add_timer(asked_s, world.now)
    elapsed, rung = 0.0, 0
    for what, seconds in happens:
        if what == "passes":
            world.passes(abs(seconds))
            elapsed += abs(seconds)
        else:
            world.clock_is_set(seconds)
        rung += len(world.due())
        assert rung == (elapsed >= asked_s - 1e-5)
