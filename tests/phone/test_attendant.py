"""What a call needs beside its conversation: an end, and keys."""

from __future__ import annotations

from edge_agent.phone.attendant import DIGITS_S, Attendant


def dues(attendant: Attendant, until: float, step: float = 0.5) -> list[tuple[float, str]]:
    """What is due, and when."""
    steps = (step * n for n in range(1, round(until / step) + 1))
    return [(now, due) for now in steps if (due := attendant.due(now)) != "nothing"]


def test_who_says_nothing_is_asked_once_and_then_left() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    assert dues(attendant, 50) == [(20, "ask"), (40, "goodbye")]
    assert attendant.why == "silence"


def test_who_answers_may_think_again() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    assert dues(attendant, 25) == [(20, "ask")]
    attendant.active(25, user=True)
    assert attendant.due(44) == "nothing"
    assert attendant.due(45) == "ask"


def test_the_question_itself_is_no_sign_of_life() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    assert attendant.due(20) == "ask"
    attendant.active(22, user=False)
    assert attendant.due(41) == "nothing"
    assert attendant.due(42) == "goodbye"


def test_a_call_that_goes_on_for_ever_ends() -> None:
    attendant = Attendant(0, silence_s=20, most_s=60)
    for now in range(1, 60):
        attendant.active(now, user=True)
        assert attendant.due(now) == "nothing"
    assert attendant.due(60) == "goodbye"
    assert attendant.why == "too long"


def test_keys_are_one_number_until_there_are_no_more() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    for at, digit in enumerate("4711"):
        attendant.press(digit, at)
        assert attendant.number(at + 0.9) is None
    assert attendant.number(3 + DIGITS_S) == "4711"
    assert attendant.number(10) is None


def test_a_hash_ends_a_number_at_once() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    for digit in "15#":
        attendant.press(digit, 1)
    assert attendant.number(1) == "15"
    attendant.press("#", 2)
    assert attendant.number(2) == "#"


def test_keys_are_a_sign_of_life_and_have_an_end() -> None:
    attendant = Attendant(0, silence_s=20, most_s=600)
    for _ in range(1000):
        attendant.press("1", 19)
    assert attendant.due(38) == "nothing"
    assert attendant.number(38) == "1" * 40
