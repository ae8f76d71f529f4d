"""Somebody who is not the owner: what is kept is not theirs to read, and nothing is done for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from act_said import NOON, english

from edge_agent.act.calendar import Calendar
from edge_agent.act.guests import GuestAct
from edge_agent.act.plan import Plan
from edge_agent.act.records import Records

NOT_THEIRS = "I am sorry, I can not do that for you."


@pytest.fixture
def guest(tmp_path: Path) -> GuestAct:
    records = Records(None)
    records.remember("the key is in the blue drawer", NOON)
    return GuestAct(records, Calendar(tmp_path), now=lambda: NOON, sentences=english())


@pytest.mark.parametrize(
    "words",
    [
        "set a timer for ten minutes",
        "wake me up at seven",
        "remind me to call Mum tomorrow at five",
        "what is on my shopping list",
        "add milk to my shopping list",
        "what is on today",
        "remember that the key is in the red drawer",
        "what do you remember",
        "forget everything",
        "set a timer for five minutes and add milk to my shopping list",
    ],
)
def test_what_is_the_owners_is_refused_and_nothing_is_done(guest: GuestAct, words: str) -> None:
    plan = guest.plan(words)
    assert plan is not None
    done = guest.carry_out(plan)
    assert NOT_THEIRS in done.said
    assert done.effects == ()
    assert "drawer" not in done.said


@pytest.mark.parametrize("words", ["what time is it", "what is 15 percent of 80", "say that again", "flip a coin"])
def test_what_is_harmless_is_answered(guest: GuestAct, words: str) -> None:
    plan = guest.plan(words)
    assert plan is not None
    assert plan.said != NOT_THEIRS


def test_what_speaks_of_the_owners_skills_is_left_to_the_llm(guest: GuestAct) -> None:
    assert guest.plan("what can you do") is None
    assert guest.plan("turn on the kitchen light") is None


def test_what_is_asked_first_comes_before_the_skills(guest: GuestAct) -> None:
    guest.first = lambda text: Plan("Mine.", by="mine") if "time" in text else None
    assert [plan and plan.by for plan in map(guest.plan, ("what time is it", "flip a coin"))] == ["mine", "skill:play"]
