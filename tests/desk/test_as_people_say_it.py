"""What callers say who know nothing of forms: the whole wish in one breath, in any words, in any order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.desk.dentist import DENTIST, LONDON, booked, desk, dialogue

WHO = ("Ann Smith", "07700 900123")
PRICED = DENTIST.replace('name = "check-up"\n', 'name = "check-up"\nprice = "62 pounds"\n')
ALONE = DENTIST.replace('does = ["check-up", "cleaning"]', 'does = ["cleaning"]')


@pytest.mark.parametrize("words", ["how much is a check up", "what does a checkup cost?"])
def test_who_asks_for_the_price_of_it_is_told_that(tmp_path: Path, words: str) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "parking.md").write_text("# Parking\n\nThere are six spaces behind the house.\n", "utf-8")
    call = desk(tmp_path, PRICED + '[answers]\nfolder = "answers/"\n')
    assert "62 pounds" in dialogue(call, words)[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("I have an appointment next week and I need to change it", "What name is the appointment under?"),
        ("we've got a booking on Friday, can we move that", "What name is the appointment under?"),
        ("I made an appointment for Tuesday but I'd like to cancel it", "What name is the appointment under?"),
    ],
)
def test_an_appointment_that_is_there_is_meant_by_it(tmp_path: Path, words: str, said: str) -> None:
    assert dialogue(desk(tmp_path), words)[-1].endswith(said)


def test_the_earliest_may_be_asked_for_at_once(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "I'd like the earliest appointment you have for a filling")[-1]
    assert said.endswith("I have Monday, March 2 at 11 AM. Would that suit you?")
    dialogue(call, "ok, the first", *WHO, "yes")
    assert booked(call) == [("Mon 02 11:00", "filling", "Ann Smith")]


def test_a_weekday_is_of_the_week_that_was_named(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "a check-up next week", "Friday")
    assert "March 13" in said[-1], "and not March 6, which comes first"


def test_a_weekday_that_is_today_is_of_the_week_that_was_named(tmp_path: Path) -> None:
    tuesday = datetime(2026, 3, 3, 9, tzinfo=LONDON)
    said = dialogue(desk(tmp_path, now=tuesday), "a check-up next week", "on Tuesday please")
    assert "March 10" in said[-1]


def test_the_afternoon_one_is_no_time_of_day(tmp_path: Path) -> None:
    call = desk(tmp_path)
    assert "at 10 AM, or 11:30 AM" in dialogue(call, "a check-up on Thursday")[-1]
    assert "at noon, or 1:30 PM" in dialogue(call, "the afternoon one")[-1]


def test_who_does_one_thing_alone_is_asked_for_that(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path, ALONE), "I'd like to see Dr Lindqvist on Thursday at five")[-1]
    assert "What name" in said


def test_a_day_that_is_said_before_it_is_asked_is_repeated(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "I want an appointment", "maybe Tuesday")[-1]
    assert said.startswith("All right, Tuesday, March 3. Which of these is it")


@pytest.mark.parametrize(
    "turns",
    [
        ("a filling on Thursday at 3 pm", "and a cleaning right after", *WHO, "yes"),
        ("a filling on Thursday at 3 pm", *WHO, "yes and also a cleaning"),
    ],
)
def test_something_beside_it_is_booked_behind_it(tmp_path: Path, turns: tuple[str, ...]) -> None:
    call = desk(tmp_path)
    said = dialogue(call, *turns)[-1]
    assert "And a cleaning, too. I have Thursday, March 5 at 3:45 PM, or" in said
    dialogue(call, "the first one", "yes")
    assert booked(call) == [("Thu 05 15:00", "filling", "Ann Smith"), ("Thu 05 15:45", "cleaning", "Ann Smith")]
