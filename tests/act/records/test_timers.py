"""Timers: elapsed time, whatever is done to the wall clock; and a ring is given out once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from record_world import World

from edge_agent.act.records import MISSED_S, SNOOZE_S, Records
from edge_agent.errors import RecordsError

HOUR = 3600.0


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "records.db")


def test_a_timer_rings_once_when_its_time_is_over(world: World) -> None:
    timer = world.records.add_timer(300, world.now, "tea")
    assert (timer.name, timer.seconds, timer.paused, timer.left_s(world.now)) == ("tea", 300, False, 300)
    assert world.records.next_due(world.now) == timer.due == world.wall + timedelta(seconds=300)
    world.passes(299)
    assert world.due() == []
    world.passes(1)
    (ring,) = world.due()
    assert (ring.kind, ring.text, ring.due, ring.missed, ring.seconds) == ("timer", "tea", world.wall, False, 300)
    assert world.due() == []
    assert world.records.timers() == []
    assert world.records.next_due(world.now) is None


@pytest.mark.parametrize("step_s", [-30 * 86400.0, -HOUR, -2.0, 2.0, HOUR, 30 * 86400.0])
def test_a_clock_that_is_set_moves_no_timer(world: World, step_s: float) -> None:
    world.records.add_timer(600, world.now, "eggs")
    world.passes(60)
    world.clock_is_set(step_s)
    assert world.due() == []
    (timer,) = world.records.timers()
    assert timer.left_s(world.now) == pytest.approx(540), "what is shown follows the clock"
    assert world.records.next_due(world.now) == timer.due
    world.passes(539)
    assert world.due() == []
    world.passes(1)
    (ring,) = world.due()
    assert (ring.missed, ring.due) == (False, world.wall)


def test_what_was_written_down_holds_after_a_clock_was_set_and_the_power_went(world: World) -> None:
    world.records.add_timer(HOUR, world.now, "bread")
    world.clock_is_set(5 * HOUR)
    assert world.due() == []
    world.reboots(after_s=600)
    assert world.records.timers()[0].left_s(world.now) == HOUR - 600
    assert world.rings_within(HOUR - 660, 60) == []
    assert len(world.rings_within(60, 60)) == 1


def test_after_a_boot_the_wall_clock_counts_and_the_step_that_sets_it_right(world: World) -> None:
    """A machine without a battery for its clock: it starts where it was, and the network tells it later."""
    world.records.add_timer(600, world.now)
    world.reboots(after_s=0)
    world.passes(30)
    assert world.due() == []
    world.clock_is_set(2 * HOUR)
    (ring,) = world.due()
    assert ring.missed
    assert world.due() == []


def test_what_came_due_while_the_machine_was_off_is_late_or_missed(world: World) -> None:
    world.records.add_timer(60, world.now, "late")
    world.reboots(after_s=60 + MISSED_S)
    assert [(ring.text, ring.missed) for ring in world.due()] == [("late", False)]
    world.records.add_timer(60, world.now, "missed")
    world.reboots(after_s=61 + MISSED_S)
    assert [(ring.text, ring.missed) for ring in world.due()] == [("missed", True)]


def test_a_paused_timer_waits_through_everything(world: World) -> None:
    id = world.records.add_timer(600, world.now).id
    world.passes(100)
    assert world.records.pause_timer(id, world.now).left == 500
    world.passes(HOUR)
    assert world.records.pause_timer(id, world.now).left_s(world.now) == 500
    world.clock_is_set(-HOUR)
    world.reboots()
    assert world.due() == []
    assert world.records.next_due(world.now) is None
    assert world.records.resume_timer(id, world.now).left_s(world.now) == 500
    world.passes(499)
    assert world.records.resume_timer(id, world.now).left_s(world.now) == 1
    assert world.due() == []
    world.passes(1)
    assert len(world.due()) == 1


def test_what_has_ended_is_not_paused_any_more(world: World) -> None:
    id = world.records.add_timer(60, world.now).id
    world.passes(60)
    with pytest.raises(RecordsError, match="has ended"):
        world.records.pause_timer(id, world.now)
    assert len(world.due()) == 1


def test_time_is_added_and_taken_away(world: World) -> None:
    id = world.records.add_timer(600, world.now).id
    world.passes(100)
    assert world.records.change_timer(id, 60, world.now).left_s(world.now) == 560
    assert world.records.change_timer(id, -500, world.now).seconds == 160
    with pytest.raises(RecordsError, match="cannot have"):
        world.records.change_timer(id, -60, world.now)
    world.passes(59)
    assert world.due() == []
    world.passes(1)
    assert [ring.seconds for ring in world.due()] == [160]
    paused = world.records.add_timer(600, world.now).id
    world.records.pause_timer(paused, world.now)
    assert world.records.change_timer(paused, 60, world.now).left_s(world.now) == 660


@pytest.mark.parametrize("seconds", [0, -1, 1e9, float("nan"), float("inf")])
def test_no_timer_is_shorter_than_nothing_or_longer_than_a_year(world: World, seconds: float) -> None:
    with pytest.raises(RecordsError, match="cannot have"):
        world.records.add_timer(seconds, world.now)
    assert world.records.timers() == []


def test_what_is_not_there_is_said(world: World) -> None:
    gone = world.records.remove_timer(world.records.add_timer(60, world.now).id)
    world.records.add_timer(60, world.now)
    for ask in (world.records.pause_timer, world.records.resume_timer):
        with pytest.raises(RecordsError, match=f"no timer {gone.id}"):
            ask(gone.id, world.now)
    with pytest.raises(RecordsError, match="timers list"):
        world.records.remove_timer(gone.id)
    with pytest.raises(RecordsError, match="no timer"):
        world.records.change_timer(gone.id, 60, world.now)


def test_a_ring_is_snoozed_again_and_again(world: World) -> None:
    world.records.add_alarm(world.now + timedelta(hours=1), world.now, name="up")
    world.passes(HOUR)
    (ring,) = world.due()
    for _ in range(3):
        world.records.snooze(ring, world.now)
        (snoozed,) = world.records.snoozed()
        assert (snoozed.kind, snoozed.name, snoozed.left_s(world.now)) == ("alarm", "up", SNOOZE_S)
        assert world.records.timers() == []
        assert world.records.unheard(world.now) == []
        world.clock_is_set(-HOUR)
        world.passes(SNOOZE_S)
        (ring,) = world.due()
        assert (ring.kind, ring.text, ring.seconds) == ("alarm", "up", 0)
    world.records.remove_timer(world.records.snooze(ring, world.now).id)
    world.passes(SNOOZE_S)
    assert world.due() == []


def test_what_nobody_heard_is_told_at_the_next_start(world: World) -> None:
    """The process was killed after the ring was given out, and before it could be heard."""
    world.records.add_timer(60, world.now, "tea")
    world.passes(60)
    (given,) = world.due()
    world.reboots(after_s=5)
    assert world.due() == []
    (left,) = world.records.unheard(world.now)
    assert (left.id, left.text, left.due, left.missed, left.seconds) == (given.id, "tea", given.due, True, 60)
    world.records.heard(left)
    assert world.records.unheard(world.now) == []
    world.reboots()
    assert world.records.unheard(world.now) == []


def test_what_nobody_ever_hears_does_not_pile_up(world: World) -> None:
    for number in range(110):
        world.records.add_timer(1, world.now, str(number))
        world.passes(1)
        assert len(world.due()) == 1
    assert [ring.text for ring in world.records.unheard(world.now)] == [str(number) for number in range(10, 110)]


def test_without_an_uptime_the_wall_clock_is_all_there_is(world: World) -> None:
    records = Records(None)
    records.add_timer(600, world.now)
    assert records.due(world.now + timedelta(seconds=599)) == []
    assert len(records.due(world.now + timedelta(seconds=600))) == 1


def test_to_ask_what_is_due_writes_nothing(world: World) -> None:
    world.records.add_timer(600, world.now)
    world.records.add_alarm(world.now + timedelta(hours=1), world.now, frozenset(range(7)))
    other = Records(world.file)
    before = other._connection.execute("PRAGMA data_version").fetchone()
    world.passes(1)
    assert world.due() == []
    assert other._connection.execute("PRAGMA data_version").fetchone() == before
    world.passes(600)
    assert len(world.due()) == 1
    assert other._connection.execute("PRAGMA data_version").fetchone() != before
