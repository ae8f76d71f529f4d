"""Alarms and reminders: at their time by the owner's wall clock, once or again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from record_world import DAILY, MONDAY, World, at

from edge_agent.act.records import Records
from edge_agent.errors import RecordsError

DAY = 86400.0
WEEKDAYS = frozenset(range(5))


@pytest.fixture
def world() -> World:
    return World()


def test_an_alarm_rings_once(world: World) -> None:
    alarm = world.records.add_alarm(at("2026-12-01 07:00"), world.now, name="up")
    assert (alarm.name, alarm.hour, alarm.minute, alarm.days) == ("up", 7, 0, frozenset())
    assert alarm.next_due(world.now) == at("2026-12-01 07:00") == world.records.next_due(world.now)
    assert world.rings_within(3 * DAY, 60) == [("up", "07:00")]
    assert world.records.alarms() == []


def test_an_alarm_on_days_of_the_week(world: World) -> None:
    world.records.add_alarm(at("2026-12-01 07:15"), world.now, WEEKDAYS, "work")
    rung = [world.now.strftime("%a") for _ in range(14) for _ in world.rings_within(DAY, 900)]
    assert rung == ["Tue", "Wed", "Thu", "Fri", "Mon", "Tue", "Wed", "Thu", "Fri", "Mon"]
    assert world.records.alarms()[0].next == datetime(2026, 12, 15, 7, 15)


@pytest.mark.parametrize(
    ("when", "next"), [("2026-11-30 09:00", "2026-12-01 09:00"), ("2026-12-05 09:00", "2026-12-07 09:00")]
)
def test_days_begin_with_the_first_that_is_still_to_come(world: World, when: str, next: str) -> None:
    assert world.records.add_alarm(at(when), world.now, WEEKDAYS).next == datetime.fromisoformat(next)


def test_an_alarm_is_changed_and_keeps_what_is_not_said(world: World) -> None:
    id = world.records.add_alarm(at("2026-12-01 07:00"), world.now, WEEKDAYS, "work").id
    other = world.records.add_alarm(at("2026-12-01 06:00"), world.now)
    changed = world.records.change_alarm(id, at("2026-12-01 08:30"), world.now)
    assert (changed.id, changed.name, changed.days) == (id, "work", WEEKDAYS)
    assert [(each.id, each.hour) for each in world.records.alarms()] == [(id, 8), (other.id, 6)]
    once = world.records.change_alarm(id, at("2026-12-05 08:30"), world.now, frozenset())
    assert once.next == datetime(2026, 12, 5, 8, 30)
    with pytest.raises(RecordsError, match="has passed"):
        world.records.change_alarm(id, at("2026-11-29 08:30"), world.now)
    assert world.records.alarms()[0] == once
    assert world.records.remove_alarm(id) == once
    assert world.records.alarms() == [other]


def test_what_would_never_ring_is_refused(world: World) -> None:
    records, tomorrow = world.records, at("2026-12-01 07:00")
    with pytest.raises(RecordsError, match="has passed: 2026-11-30 12:00"):
        records.add_alarm(world.now, world.now)
    with pytest.raises(RecordsError, match="Days of the week"):
        records.add_alarm(tomorrow, world.now, frozenset({7}))
    with pytest.raises(RecordsError, match="has passed"):
        records.add_reminder("late", world.now - timedelta(seconds=1), world.now)
    with pytest.raises(RecordsError, match="words"):
        records.add_reminder(" ", tomorrow, world.now)
    with pytest.raises(RecordsError, match="has passed"):
        records.add_reminder("over", at("2026-11-01 07:00"), world.now, "FREQ=DAILY;COUNT=3")
    with pytest.raises(RecordsError, match="Nothing ever"):
        records.add_reminder("x", tomorrow, world.now, "FREQ=DAILY;UNTIL=20261101")
    assert (records.alarms(), records.reminders()) == ([], [])


@pytest.mark.parametrize(
    "rule", ["", "now and then", "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY\nFREQ=DAILY", "FREQ=DAILY;INTERVAL=0"]
)
def test_a_rule_that_is_none_is_refused(world: World, rule: str) -> None:
    with pytest.raises(RecordsError, match="no rule"):
        world.records.add_reminder("x", at("2026-12-01 07:00"), world.now, rule)
    assert world.records.reminders() == []


def test_a_reminder_is_said_with_its_words(world: World) -> None:
    reminder = world.records.add_reminder("call Ann", world.now + timedelta(seconds=90), world.now)
    assert (reminder.text, reminder.rrule) == ("call Ann", None)
    assert reminder.next_due(world.now) == world.wall + timedelta(seconds=90)
    world.passes(90)
    assert [(ring.kind, ring.text) for ring in world.due()] == [("reminder", "call Ann")]
    assert world.records.reminders() == []


def test_a_reminder_repeats_by_its_rule_until_it_ends(world: World) -> None:
    world.records.add_reminder("bins", at("2026-12-01 18:00"), world.now, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA;COUNT=3")
    rung = [world.now.strftime("%d %b") for _ in range(40) for _ in world.rings_within(DAY, 1800)]
    assert rung == ["02 Dec", "06 Dec", "16 Dec"], "each is the noon after"
    assert world.records.reminders() == []


def test_a_rule_that_begins_elsewhere_begins_with_its_first_time(world: World) -> None:
    weekdays = world.records.add_reminder("x", at("2026-12-05 18:00"), world.now, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    assert weekdays.next == datetime(2026, 12, 7, 18)
    past = world.records.add_reminder("x", at("2026-10-01 08:00"), world.now, "FREQ=MONTHLY")
    assert past.next == datetime(2026, 12, 1, 8)


def test_alarms_and_reminders_are_not_taken_for_each_other(world: World) -> None:
    alarm = world.records.add_alarm(at("2026-12-01 07:00"), world.now)
    reminder = world.records.add_reminder("x", at("2026-12-01 07:00"), world.now)
    with pytest.raises(RecordsError, match=f"no alarm {reminder.id}"):
        world.records.remove_alarm(reminder.id)
    with pytest.raises(RecordsError, match=f"no reminder {alarm.id}"):
        world.records.remove_reminder(alarm.id)
    assert (world.records.alarms(), world.records.reminders()) == ([alarm], [reminder])


def test_of_several_that_were_missed_the_last_is_told(tmp_path: Path) -> None:
    world = World(tmp_path / "records.db")
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, DAILY, "up")
    world.records.add_reminder("pills", at("2026-12-01 08:00"), world.now, "FREQ=DAILY")
    world.records.add_reminder("once", at("2026-12-02 08:00"), world.now)
    world.reboots(after_s=3 * DAY)
    assert [(ring.text, ring.due, ring.missed) for ring in world.due()] == [
        ("once", at("2026-12-02 08:00"), True),
        ("up", at("2026-12-03 07:00"), True),
        ("pills", at("2026-12-03 08:00"), True),
    ]
    assert world.due() == []
    assert world.rings_within(DAY) == [("up", "07:00"), ("pills", "08:00")]


def test_an_alarm_goes_with_its_owner(world: World) -> None:
    world.records.add_alarm(at("2026-12-01 07:00"), world.now, DAILY, "up")
    world.zone = ZoneInfo("America/New_York")
    assert world.rings_within(DAY + 3600) == [("up", "07:00")]


def test_the_records_of_a_test_need_no_file() -> None:
    assert Records(None).next_due(MONDAY) is None
