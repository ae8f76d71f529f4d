"""What counts as a yes, and which time answers a question."""

from __future__ import annotations

import pytest
from act_said import Said, english

from edge_agent.act.answers import AnswerReader
from edge_agent.act.times import Context

READER = AnswerReader(english(), Context())


@pytest.mark.parametrize(
    "words", ["yes", "Yes.", "yes please", "yeah, sure", "go ahead", "okay do it", "of course", "Yes, do that."]
)
def test_a_yes(words: str) -> None:
    assert READER.yes(words) is True


@pytest.mark.parametrize("words", ["no", "No, thanks.", "nope", "don't", "no keep it", "never mind", "no wait, yes"])
def test_a_no(words: str) -> None:
    assert READER.yes(words) is False


@pytest.mark.parametrize(
    "words",
    [
        "what time is it",
        "maybe",
        "yes speaking of which, add milk to the list",
        "I said yes to Anna",
        "",
        "right after lunch",
    ],
)
def test_neither(words: str) -> None:
    assert READER.yes(words) is None


@pytest.mark.parametrize(
    ("answer", "hour"),
    [
        ("in the morning", 7),
        ("PM", 19),
        ("the afternoon", 19),
        ("at 7 pm", 19),
        ("7 am please", 7),
        ("the second one", 19),
    ],
)
def test_one_of_two_times_is_chosen(answer: str, hour: int, said: Said) -> None:
    asked = said("remind me to call Mum tomorrow at 7")
    assert asked.said == "Do you mean tomorrow at 7 AM or tomorrow at 7 PM?"
    assert said(answer).effects[0].details["at"][11:13] == f"{hour:02d}"
