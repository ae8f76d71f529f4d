"""A call that broke off: who calls again soon goes on where they were; nobody else does, and it books nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read
from tests.desk.dentist import DENTIST, MONDAY, booked

ANN, BEN = "+447700900123", "+447700900999"


@contextmanager
def call(folder: Path, caller: str, minutes: float = 0) -> Iterator[Desk]:
    """A call of that number, which breaks off at the end of the block."""
    (folder / "agent.toml").write_text(DENTIST)
    now = MONDAY + timedelta(minutes=minutes)
    desk = Desk(read(folder), folder / "state", lambda: now)
    desk.called_by(caller)
    desk.greet()
    try:
        yield desk
    finally:
        if not desk.conversation.is_over:
            desk.hung_up()
        desk.close()


def break_off(folder: Path, *words: str) -> None:
    with call(folder, ANN) as desk:
        for each in words:
            desk.hear(each)


def test_who_calls_again_goes_on(tmp_path: Path) -> None:
    break_off(tmp_path, "a check-up on Thursday at 3 pm", "Ann Smith")
    with call(tmp_path, ANN, 2) as desk:
        reply = desk.hear("Hello, we got cut off")
        assert reply.said == "We were cut off. What's your phone number?"
        assert "Shall I book it?" in desk.hear("07700 900123").said
        assert booked(desk) == []
        desk.hear("yes")
        assert booked(desk) == [("Thu 05 15:00", "check-up", "Ann Smith")]


def test_what_was_read_back_is_read_back_again(tmp_path: Path) -> None:
    break_off(tmp_path, "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123")
    with call(tmp_path, ANN, 1) as desk:
        reply = desk.hear("yes")
        assert booked(desk) == []
        assert reply.said.startswith("We were cut off. So that's a check-up with")


def test_the_first_words_count(tmp_path: Path) -> None:
    break_off(tmp_path, "a check-up on Thursday at 3 pm")
    with call(tmp_path, ANN, 1) as desk:
        reply = desk.hear("It's Ann Smith again")
        assert reply.form["name"] == "Ann Smith"
        assert reply.form["service"] == "check-up"


def test_a_broken_change_asks_again_who_it_is(tmp_path: Path) -> None:
    break_off(tmp_path, "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123", "yes")
    break_off(tmp_path, "I need to cancel my appointment", "Ann Smith", "07700 900123")
    with call(tmp_path, ANN, 1) as desk:
        assert desk.conversation.booking is None
        desk.hear("yes")
        assert len(booked(desk)) == 1


def test_nobody_else_and_nobody_later_goes_on(tmp_path: Path) -> None:
    for caller, minutes in ((BEN, 1.0), ("", 1.0), (ANN, 11.0)):
        break_off(tmp_path, "a check-up on Thursday at 3 pm")
        with call(tmp_path, caller, minutes) as desk:
            assert not desk.conversation.is_back
            assert "cut off" not in desk.hear("hello").said


def test_it_goes_on_once(tmp_path: Path) -> None:
    break_off(tmp_path, "a check-up on Thursday at 3 pm")
    with call(tmp_path, ANN, 1) as desk:
        desk.hear("forget it")
        desk.hear("no, that's all, goodbye")
    with call(tmp_path, ANN, 2) as desk:
        assert not desk.conversation.is_back
        outcomes = [each["outcome"] for each in desk.ledger.calls()]
    assert outcomes == ["continued", "ended"]


def test_a_call_that_ended_well_is_over(tmp_path: Path) -> None:
    with call(tmp_path, ANN) as desk:
        for words in ("a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123", "yes", "no, goodbye"):
            desk.hear(words)
    with call(tmp_path, ANN, 1) as desk:
        assert not desk.conversation.is_back
