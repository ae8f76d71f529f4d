"""Whatever was done last is undone, whichever skill did it: the store is as it was, and the answer says what is so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from act_said import NOON, Said

BEFORE = (
    "set a pasta timer for ten minutes", "wake me at seven on weekdays", "remind me to call Ann at three",
    "add tea and milk to my list", "put lunch with Anna in my calendar for Friday at noon",
    "remember that my bike is blue",
)  # fmt: skip
DEEDS = (
    ("cancel the pasta timer", "undo that", "The pasta timer goes on."),
    ("add two minutes to the timer", "no undo that", "The timer is as it was before."),
    ("cancel my alarms", "put it back", "The alarm for tomorrow at 7 AM is on again."),
    ("cancel the reminder", "oh no I didn't mean that put it back", "The reminder is there again: call Ann."),
    ("take the milk off the list", "put it back on", "Milk put back on the shopping list."),
    ("clear the shopping list", "oh no I didn't mean that, put it all back",
     "Tea and milk put back on the shopping list."),
    ("move lunch with Anna to two", "change it back", "Lunch with Anna is on Friday at noon again."),
    ("cancel lunch with Anna", "take that back", "Lunch with Anna is in your calendar again."),
    ("forget my bike", "undo", "I remember it again."),
    ("set the volume to 40 percent", "put it back", "The volume is as it was before."),
    ("remember that my car is red", "undo that", "I have forgotten that again."),
    ("add eggs to my list and set a timer for 5 minutes", "cancel that",
     "Eggs removed from the shopping list. Timer canceled."),
)  # fmt: skip


@pytest.mark.parametrize("between", [(), ("how far is the moon",)])
@pytest.mark.parametrize(("deed", "undo", "answer"), DEEDS)
def test_all_is_as_it_was(deed: str, undo: str, answer: str, between: tuple[str, ...], said: Said) -> None:
    said(*BEFORE)
    before, events = said.records.state(), said.act._calendar.events(NOON, NOON + timedelta(days=9))
    assert said(deed).effects
    assert said(*between, undo).said == answer
    assert said.records.state() == before
    assert said.act._calendar.events(NOON, NOON + timedelta(days=9)) == events


def test_once_and_not_more(said: Said) -> None:
    said("add tea to my list", "add milk to my list", "undo that")
    assert said("undo that").said == "There is nothing that I can undo."
    assert said.records.items("shopping") == ["tea"]


def test_what_has_rung_since_is_not_undone(said: Said) -> None:
    said("set a timer for five minutes")
    said.pass_time(minutes=6)
    assert said("undo that").said == "That is over already."


def test_a_calendar_that_somebody_else_has_changed_stays(said: Said) -> None:
    said("put lunch with Anna in my calendar for Friday at noon")
    said.act._calendar.add("Golf", NOON, None)
    assert said("undo that").said == "The calendar was changed since."
    assert len(said.act._calendar.events(NOON, NOON + timedelta(days=9))) == 2


def test_what_was_done_long_ago_is_not_undone(said: Said) -> None:
    said("add tea to my list")
    said.pass_time(minutes=11)
    assert said("undo that").said == "There is nothing that I can undo."


def test_no_i_meant_the_other(said: Said) -> None:
    said("set a timer for forty minutes", "wake me at eleven", "cancel that")
    assert said("no I meant the timer").said == "The alarm for tomorrow at 11 AM is on again. Timer canceled."
    assert [len(said.records.timers()), len(said.records.alarms())] == [0, 1]
    said("put it back")
    assert [len(said.records.timers()), len(said.records.alarms())] == [1, 1]


def test_the_other_one(said: Said) -> None:
    said("wake me at five thirty tomorrow", "wake me at six tomorrow", "cancel the five thirty")
    assert said("sorry the other one").effects[1].details["at"].startswith("2026-12-02T06:00")
    assert [alarm.hour for alarm in said.records.alarms()] == [5]
