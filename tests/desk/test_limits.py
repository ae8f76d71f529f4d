"""Limits: no more appointments under one number, or in one day, than the owner allows; in words, and at the gate."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read
from tests.desk.dentist import DENTIST, MONDAY, booked, desk, dialogue

AT_NINE = "a check-up on Friday at nine"
AT_TEN = "a check-up on Friday at ten"
HER = ("Anna Smith", "07700 900123")


def limited(folder: Path, rule: str) -> Desk:
    return desk(folder, DENTIST.replace("[booking]", f"[booking]\n{rule}"), state=folder / "state")


def test_a_number_has_so_many_and_no_more(tmp_path: Path) -> None:
    call = limited(tmp_path, "max_per_phone = 1")
    dialogue(call, AT_NINE, *HER, "yes")
    said = dialogue(call, AT_TEN)[-1]
    assert said.startswith("There are as many appointments under that number as I may book.")
    assert call.conversation.proposal is None
    dialogue(call, "yes")
    assert len(booked(call)) == 1


def test_another_number_may_and_so_may_she_after_a_cancellation(tmp_path: Path) -> None:
    call = limited(tmp_path, "max_per_phone = 1")
    dialogue(call, AT_NINE, *HER, "yes")
    dialogue(Desk(call.agent, tmp_path / "state", lambda: MONDAY), AT_TEN, "Bob Jones", "07700 900456", "yes")
    assert len(booked(call)) == 2
    dialogue(call, "cancel my appointment", "yes", AT_NINE, "yes")
    assert booked(call)[0] == ("Fri 06 09:00", "check-up", "Anna Smith")


def test_two_lines_of_one_number_at_once(tmp_path: Path) -> None:
    first = limited(tmp_path, "max_per_phone = 1")
    second = Desk(first.agent, tmp_path / "state", lambda: MONDAY)
    dialogue(first, AT_NINE, *HER)
    dialogue(second, AT_TEN, *HER)
    assert first.hear("yes").effects
    reply = second.hear("yes")
    assert reply.effects == ()
    assert reply.said.startswith("There are as many appointments under that number")
    assert len(booked(first)) == 1


def test_a_day_has_so_many_calls_that_book(tmp_path: Path) -> None:
    call = limited(tmp_path, "max_per_day = 1")
    dialogue(call, AT_NINE, *HER, "yes")
    other = ("Bob Jones", "07700 900456", "yes")
    said = dialogue(Desk(call.agent, tmp_path / "state", lambda: MONDAY), AT_TEN, *other)
    assert said[2].startswith("I can't book any more today.")
    dialogue(Desk(call.agent, tmp_path / "state", lambda: MONDAY + timedelta(days=1)), AT_TEN, *other)
    assert len(booked(call)) == 2


def test_without_a_word_eight_of_one_number_and_any_of_a_day(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(DENTIST, encoding="utf-8")
    rules = read(tmp_path).booking
    assert (rules.max_per_phone, rules.max_per_day) == (8, 0)
