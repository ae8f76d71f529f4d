"""Questions in between: they are answered from the documents, and the form goes on where it was."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge_agent.desk import questioning
from edge_agent.desk.answers import AnswerFolder
from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read

DENTIST = Path(__file__).parents[2] / "examples" / "agents" / "dentist"
HOTEL = DENTIST.with_name("hotel")


@pytest.fixture
def desk() -> Desk:
    return calling(DENTIST)


def calling(folder: Path) -> Desk:
    monday = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Europe/London"))
    found = Desk(read(folder), None, lambda: monday)
    found.greet()
    return found


def test_a_question_is_answered_and_the_next_one_goes_on_with_it(desk: Desk) -> None:
    assert desk.hear("What does a filling cost?").said == "Small filling, 95 pounds."
    assert desk.hear("And a cleaning?").said == "Cleaning by the hygienist, 70 pounds."


def test_the_form_goes_on_behind_an_answer(desk: Desk) -> None:
    before = desk.hear("I need a check-up on Thursday at 11")
    reply = desk.hear("Are you open on Saturdays?")
    assert reply.said == f"We're closed on Saturday, March 7. {before.said}"
    assert (reply.asks, reply.form) == (before.asks, before.form)
    again = desk.hear("How do I get to you?")
    assert again.said.startswith("We are at 4 Quay Street")
    assert again.said.endswith(before.said)
    assert "Saturday" not in again.said


def test_a_question_within_the_read_back_confirms_nothing(desk: Desk) -> None:
    for words in ("I need a check-up on Thursday at 11", "Alice Smith", "020 7946 0018"):
        desk.hear(words)
    read_back = desk.hear("Yes, I am new")
    reply = desk.hear("Is there parking?")
    assert reply.proposal == read_back.proposal
    assert reply.effects == ()
    assert reply.said.endswith("Shall I book it?")
    assert desk.hear("Yes").effects[0]["type"] == "booked"


def test_what_nobody_wrote_is_not_known_and_kept_for_the_owner(desk: Desk) -> None:
    reply = desk.hear("Do you do implants? My number is 020 7946 0018.")
    assert reply.said == "I don't know that. Shall I take a message?"
    assert reply.asks == "take_message"
    assert desk.ledger.notes("unanswered") == [{"question": "Do you do implants? My number is ... ."}]
    assert desk.hear("Yes please").asks == "message"


def test_a_question_that_nobody_answers_does_not_stop_the_form(desk: Desk) -> None:
    before = desk.hear("I need a check-up on Thursday at 11")
    reply = desk.hear("Do you have a swimming pool?")
    assert reply.said == f"I don't know that. {before.said}"
    assert reply.asks == before.asks


def test_what_is_asked_of_free_times_is_no_question_to_the_documents(desk: Desk) -> None:
    assert "market days" not in desk.hear("Can I have a check-up on Friday?").said
    assert desk.conversation.task == "book"


def test_a_support_desk_answers_or_takes_a_message() -> None:
    desk = calling(HOTEL)
    assert "3 PM" in desk.hear("hi when can I check in").said
    assert "password is on your key card" in desk.hear("the wifi password please").said
    assert desk.hear("somebody stole my bike").asks == "take_message"


@pytest.mark.parametrize("words", ["What does a filling cost?", "When are you open?", "Is there parking?"])
def test_a_question_is_looked_up_once(desk: Desk, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    of_file, find = questioning.hours_said, AnswerFolder.find

    def hours_said(words: str, *rest: Any) -> str:
        asked.append("hours")
        return of_file(words, *rest)

    def found(self: AnswerFolder, *question: Any) -> Any:
        asked.append("documents")
        return find(self, *question)

    monkeypatch.setattr(questioning, "hours_said", hours_said)
    monkeypatch.setattr(AnswerFolder, "find", found)
    step = desk.plan(words)
    assert desk.preview(step) == desk.carry_out(step).said
    assert max(map(asked.count, asked)) == 1


def test_what_goes_on_with_a_question_without_an_answer_has_none_either() -> None:
    call = calling(HOTEL)
    for words in ("Do you have a pool?", "Can my kids use it?", "What about on Sunday?"):
        assert call.hear(words).said.endswith("I don't know that. Shall I take a message?"), words
    assert "dogs up to 25 pounds" in call.hear("can I bring my dog").said


def test_whether_something_is_included_is_asked_of_its_price() -> None:
    call = calling(HOTEL)
    assert "It costs 24 dollars" in call.hear("Is breakfast included?").said
    assert "Wi-Fi is free" in call.hear("is the wifi included").said


def test_a_sum_of_money_is_no_time(desk: Desk) -> None:
    desk.hear("bills are about two hundred a month")
    assert not desk.conversation.wish
