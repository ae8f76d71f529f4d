"""What is said of the appointment that was made in this call: it is not asked again who, nor which one."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from tests.desk.dentist import DENTIST, booked, desk, dialogue

THURSDAY = ("Thu 05 15:00", "check-up", "Anna Smith")
PRICED = DENTIST.replace('name = "check-up"\n', 'name = "check-up"\nprice = "62 pounds"\n')


@pytest.fixture
def call(tmp_path: Path) -> Desk:
    """A call in which she has booked just now."""
    began = desk(tmp_path, PRICED)
    dialogue(began, "a check-up with Dr Okafor on Thursday at 3 pm", "Anna Smith", "07700 900123", "yes")
    assert booked(began) == [THURSDAY]
    return began


@pytest.mark.parametrize(
    ("words", "now"),
    [
        ("Make it half an hour later.", "Thu 05 15:30"),
        ("can you push it back by an hour", "Thu 05 16:00"),
        ("could you bring it forward half an hour", "Thu 05 14:30"),
        ("actually can you make it eleven instead", "Thu 05 11:00"),
        ("can we move that to Tuesday at ten", "Tue 03 10:00"),
        ("Sorry, I meant Tuesday at three.", "Tue 03 15:00"),
    ],
)
def test_it_is_moved_at_a_word_and_a_yes(call: Desk, words: str, now: str) -> None:
    said = dialogue(call, words)[-1]
    assert "So I move your appointment on Thursday" in said
    assert booked(call) == [THURSDAY], "not before the yes"
    dialogue(call, "yes")
    assert booked(call) == [(now, "check-up", "Anna Smith")]


@pytest.mark.parametrize("words", ["I need to reschedule it", "could we make that a bit later"])
def test_where_no_time_is_said_it_is_asked(call: Desk, words: str) -> None:
    assert "To which day and time" in dialogue(call, words)[-1]
    dialogue(call, "Tuesday at ten", "yes")
    assert booked(call) == [("Tue 03 10:00", "check-up", "Anna Smith")]


def test_somebody_else_has_it_at_the_same_time(call: Desk) -> None:
    said = dialogue(call, "can I have Dr Lindqvist instead of Dr Okafor")[-1]
    assert "to Thursday, March 5 at 3 PM with Dr Lindqvist" in said
    dialogue(call, "yes")
    assert [each.staff for each in call.ledger.bookings()] == ["Dr Lindqvist"]


def test_it_is_cancelled(call: Desk) -> None:
    assert "You want to cancel a check-up" in dialogue(call, "actually cancel that")[-1]
    dialogue(call, "yes")
    assert booked(call) == []
    assert call.conversation.just is None


@pytest.mark.parametrize("words", ["When was it again?", "who is it with", "so what time is that"])
def test_it_is_told_again(call: Desk, words: str) -> None:
    assert dialogue(call, words)[-1].startswith("You have a check-up with Dr Okafor on Thursday, March 5 at 3 PM.")


@pytest.mark.parametrize("words", ["how much is that", "What does it cost?"])
def test_what_it_costs(call: Desk, words: str) -> None:
    assert "62 pounds" in dialogue(call, words)[-1]


def test_the_same_once_more(call: Desk) -> None:
    said = dialogue(call, "can I book the same at four")[-1]
    assert "a check-up with Dr Okafor on Thursday, March 5 at 4 PM" in said
    dialogue(call, "yes")
    assert booked(call) == [THURSDAY, ("Thu 05 16:00", "check-up", "Anna Smith")]


@pytest.mark.parametrize(
    "words", ["can I book the same for my son at four", "And a check-up on Thursday at 4 for our son"]
)
def test_for_somebody_else_their_name_is_asked(call: Desk, words: str) -> None:
    assert dialogue(call, words)[-1] == "What name shall I put it under?"
    dialogue(call, "Tim Smith", "yes")
    assert booked(call) == [THURSDAY, ("Thu 05 16:00", "check-up", "Tim Smith")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("and a cleaning on Friday at nine", "a cleaning"),
        ("No, that's all, see you on Thursday.", "Goodbye"),
        ("what time do you close on Friday", "12:30"),
        ("no thanks", "Goodbye"),
    ],
)
def test_what_is_about_something_else_is_no_change_of_it(call: Desk, words: str, said: str) -> None:
    assert said in dialogue(call, words)[-1]
    assert booked(call) == [THURSDAY]
