"""Opening hours are told from the owner's file, and the form goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from dentist import booked, desk, dialogue

WEEK = (
    "We're open Monday and Tuesday 8:30 AM to 12:30 PM and 1:30 PM to 5:30 PM, Thursday 10 AM to 7 PM, Friday 8:30 AM"
    " to 12:30 PM and Sunday midnight to 4 AM."
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("When are you open?", WEEK),
        ("what are your opening hours", WEEK),
        ("Are you open on Thursday?", "On Thursday, March 5 we're open 10 AM to 7 PM."),
        (
            "until when are you open tomorrow",
            "On Tuesday, March 3 we're open 8:30 AM to 12:30 PM and 1:30 PM to 5:30 PM.",
        ),
        ("What time does the practice close on Friday?", "On Friday, March 6 we're open 8:30 AM to 12:30 PM."),
        ("Are you open on Wednesday?", "We're closed on Wednesday, March 4."),
        ("Are you open next Monday, the 9th?", "We're closed on Monday, March 9."),
    ],
)
def test_hours_are_those_of_the_file(words: str, said: str, tmp_path: Path) -> None:
    assert desk(tmp_path).hear(words).said.endswith(said)


def test_the_form_goes_on_behind_them(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "I'd like a check-up with Dr Okafor on Thursday at eleven")
    said = call.hear("Wait, how late are you open on Thursday?").said
    assert said == "On Thursday, March 5 we're open 10 AM to 7 PM. What name shall I put it under?"
    dialogue(call, "Anna Smith", "020 7946 0018", "Yes, please")
    assert booked(call) == [("Thu 05 11:00", "check-up", "Anna Smith")]


@pytest.mark.parametrize(
    "words", ["When is the pool open?", "Do you have anything on Friday?", "Can I open an account?"]
)
def test_what_is_no_question_about_them_is_not_answered_with_them(words: str, tmp_path: Path) -> None:
    assert "we're open" not in desk(tmp_path).hear(words).said.lower()
