"""The agents of examples/agents: their files are without a mistake, and their documents answer what callers ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from edge_agent.desk.answers import AnswerFolder
from edge_agent.desk.reading import read

EXAMPLES = Path(__file__).parents[2] / "examples" / "agents"
NAMES = ("dentist", "hotel", "solar")


@cache
def answers(name: str) -> AnswerFolder:
    return AnswerFolder(EXAMPLES / name, read(EXAMPLES / name).answers)


@pytest.mark.parametrize("name", NAMES)
def test_every_document_can_be_read(name: str) -> None:
    assert answers(name).unreadable == []
    assert answers(name).passages > 3


@pytest.mark.parametrize(
    ("name", "question", "part"),
    [
        ("dentist", "Where exactly are you?", "4 Quay Street"),
        ("dentist", "do you open on saturdays", "On Saturday and Sunday we are closed."),
        ("dentist", "is the check-up free for my seven year old son?", "under 18 are free"),
        ("dentist", "what happens if I cancel on the same day", "25 pounds"),
        ("dentist", "I'm scared of dentists", "we plan more time"),
        ("dentist", "how often should I come in for a check up", "Every six months"),
        ("dentist", "How much is a root canal?", "310 pounds"),
        ("hotel", "what's the wifi password", "the password is on your key card"),
        ("hotel", "can I charge my electric car", "six chargers"),
        ("hotel", "from when to when is breakfast on sunday", "on Sundays until noon"),
        ("hotel", "we are twelve rooms, is it cheaper then", "12 percent off"),
        ("solar", "what warranty do I get on the panels", "25 years"),
        ("solar", "what about snow", "Snow slides off"),
    ],
)
def test_what_stands_there_is_quoted(name: str, question: str, part: str) -> None:
    found = answers(name).find(question)
    assert found is not None
    assert part in found.said


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("dentist", "is Dr Okafor married"),
        ("dentist", "how much are braces"),
        ("dentist", "do you have wifi in the waiting room"),
        ("hotel", "do you have a pool"),
        ("hotel", "what does a double room cost"),
        ("hotel", "what's the phone number of the pharmacy"),
        ("solar", "how much will I save a year"),
        ("solar", "do you work in Texas"),
    ],
)
def test_what_does_not_stand_there_is_not_made_up(name: str, question: str) -> None:
    assert answers(name).find(question) is None
