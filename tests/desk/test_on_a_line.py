"""A desk in a spoken conversation: drafts leave nothing, a yes into a read-back is none, the end leaves a draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge_agent.act.calendar import Calendar
from edge_agent.act.records import Records
from edge_agent.act.sentences import Sentences
from edge_agent.desk.on_a_line import DeskAct
from tests.desk.dentist import MONDAY, booked, desk

TO_THE_YES = ("I'd like a check-up on Thursday at 3 pm", "Anna Smith", "07700 900123")


@pytest.fixture
def done() -> list[dict[str, Any]]:
    """What was told to whoever holds the line."""
    return []


@pytest.fixture
def act(tmp_path: Path, done: list[dict[str, Any]]) -> DeskAct:
    call = desk(tmp_path)
    call.greet()
    return DeskAct(
        call,
        on_effect=done.append,
        records=Records(None),
        calendar=Calendar(tmp_path / "none"),
        now=lambda: MONDAY,
        sentences=Sentences("en"),
    )


def say(act: DeskAct, *turns: str) -> str:
    """The answer to the last of them, each heard to its end."""
    said = ""
    for words in turns:
        plan = act.plan(words)
        assert plan is not None
        result = act.carry_out(plan)
        assert result.said == plan.said, "what was made ahead is what is true"
        said = result.said
        act.heard(said)
    return said


def test_a_call(act: DeskAct, done: list[dict[str, Any]]) -> None:
    assert say(act, *TO_THE_YES).endswith("Shall I book it?")
    assert say(act, "yes").startswith("Your appointment is booked: a check-up with Dr Okafor on Thursday, March 5")
    assert booked(act.desk) == [("Thu 05 15:00", "check-up", "Anna Smith")]
    say(act, "no that's all, thank you")
    assert [each["type"] for each in done] == ["booked", "end"]


def test_drafts_that_are_taken_back_leave_nothing(act: DeskAct) -> None:
    say(act, *TO_THE_YES)
    act.plan("yes")
    act.plan("yes but")
    plan = act.plan("yes but on Friday at nine")
    assert plan is not None
    assert act.carry_out(plan).said.startswith("So that's a check-up with Dr Okafor on Friday, March 6 at 9 AM")
    assert booked(act.desk) == []


def test_a_yes_into_the_read_back_is_none(act: DeskAct) -> None:
    said = say(act, *TO_THE_YES)
    act.cut_short(said)
    assert say(act, "yes") == said
    assert booked(act.desk) == []
    say(act, "yes")
    assert len(booked(act.desk)) == 1


def test_a_yes_into_the_question_behind_it_counts(act: DeskAct) -> None:
    say(act, *TO_THE_YES)
    act.cut_short("Shall I book it?")
    say(act, "yes")
    assert len(booked(act.desk)) == 1


def test_keys(act: DeskAct) -> None:
    say(act, "I'd like a check-up on Thursday at 3 pm", "Anna Smith", "07700900123", "1")
    assert len(booked(act.desk)) == 1


def test_an_end_in_the_middle_leaves_a_draft(act: DeskAct) -> None:
    say(act, *TO_THE_YES)
    ledger = act.desk.ledger
    act.desk.close = lambda: None  # type: ignore[method-assign]
    act.close()
    (kept,) = ledger.calls()
    assert kept["outcome"] == "draft"


def test_nobody_who_says_nothing_is_a_call(act: DeskAct) -> None:
    act.warm_up()
    assert act.desk.ledger.calls() == []


def test_what_is_urgent_is_told_to_the_line(act: DeskAct, done: list[dict[str, Any]]) -> None:
    assert say(act, "help, I can't breathe") == "Please call 999 now."
    assert done[0]["type"] == "urgent"
    assert done[0]["number"] == "+44 20 7946 0000"
