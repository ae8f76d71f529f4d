"""A caller with two appointments: which one is moved or cancelled is asked, or understood from what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from tests.desk.dentist import booked, desk, dialogue

THURSDAY = ("Thu 05 15:00", "check-up", "Anna Smith")
FRIDAY = ("Fri 06 09:00", "cleaning", "Anna Smith")


@pytest.fixture
def call(tmp_path: Path) -> Desk:
    """A call of hers after she has booked both."""
    first = desk(tmp_path)
    dialogue(first, "a check-up with Dr Okafor on Thursday at 3 pm", "Anna Smith", "07700 900123", "yes")
    dialogue(first, "and a cleaning on Friday at nine", "yes")
    assert booked(first) == [THURSDAY, FRIDAY]
    second = desk(tmp_path)
    second.ledger = first.ledger
    return second


def test_which_is_asked_and_nothing_is_done_before(call: Desk) -> None:
    said = dialogue(call, "cancel my appointment", "Anna Smith", "07700 900123")[-1]
    assert "check-up with Dr Okafor on Thursday, March 5 at 3 PM" in said
    assert "cleaning with Dr Lindqvist on Friday, March 6 at 9 AM. Which one is it?" in said
    assert call.conversation.asked == "which"
    dialogue(call, "yes")
    assert booked(call) == [THURSDAY, FRIDAY]


@pytest.mark.parametrize(
    "words", ["the one on Thursday", "The first one.", "the check-up", "the one with Dr Okafor", "Thursday at three"]
)
def test_one_is_meant_by_its_day_its_place_its_service_or_its_staff(call: Desk, words: str) -> None:
    dialogue(call, "I'd like to cancel my appointment", "Anna Smith", "07700 900123")
    assert "You want to cancel a check-up" in dialogue(call, words)[-1]
    dialogue(call, "yes")
    assert booked(call) == [FRIDAY]


def test_one_is_keyed(call: Desk) -> None:
    dialogue(call, "cancel my appointment", "Anna Smith", "07700 900123")
    assert call.digits("3#").said.startswith("One after the other")
    assert call.digits("2#").said.startswith("You want to cancel a cleaning")


@pytest.mark.parametrize("words", ["cancel the one on Friday", "please cancel my appointment on Friday at nine"])
def test_what_was_said_at_first_is_enough(call: Desk, words: str) -> None:
    said = dialogue(call, words, "Anna Smith", "07700 900123")[-1]
    assert said.startswith("You want to cancel a cleaning")


def test_the_one_of_a_day_is_moved_to_another(call: Desk) -> None:
    said = dialogue(call, "please move the one on Thursday to Tuesday at ten", "Anna Smith", "07700 900123")[-1]
    assert said.startswith("So I move your appointment on Thursday, March 5 at 3 PM to Tuesday, March 3 at 10 AM")
    dialogue(call, "yes")
    assert booked(call) == [("Tue 03 10:00", "check-up", "Anna Smith"), FRIDAY]


def test_where_it_is_moved_to_is_kept_until_which_is_known(call: Desk) -> None:
    said = dialogue(call, "can I move my appointment to Tuesday at ten", "Anna Smith", "07700 900123")[-1]
    assert said.endswith("Which one is it?")
    assert "Friday, March 6 at 9 AM to Tuesday, March 3 at 10 AM" in dialogue(call, "the cleaning")[-1]


def test_both_are_cancelled_one_after_the_other(call: Desk) -> None:
    said = dialogue(call, "cancel my appointments", "Anna Smith", "07700 900123", "both of them")[-1]
    assert said.startswith("One after the other: which one first")
    dialogue(call, "the first one", "yes")
    said = dialogue(call, "and please cancel the other one")[-1]
    assert said.startswith("You want to cancel a cleaning")
    dialogue(call, "yes")
    assert booked(call) == []


def test_neither_leaves_both(call: Desk) -> None:
    said = dialogue(call, "cancel my appointment", "Anna Smith", "07700 900123", "neither")[-1]
    assert said.startswith("All right, I leave it as it is.")
    assert booked(call) == [THURSDAY, FRIDAY]
