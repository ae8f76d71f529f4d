"""Finality: what makes a turn sound, or read, more or less finished."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.hear.finality import WEIGHTS, Signs, features, probability

DONE = Signs(scores=(0.9,), text="Turn on the lamp.")


def with_text(text: str, score: float = 0.5) -> Signs:
    return Signs(scores=(score,), text=text)


@pytest.mark.parametrize(
    "text",
    [
        "I would like a coffee and",
        "Set a timer for the",
        "I'd like to, um",
        "So I was thinking, uh...",
        "First the milk,",
        "My number is 5 5 5",
        "It's 555-12",
        "My code is four, two,",
    ],
)
def test_an_open_clause_or_a_number_being_read_out_is_less_finished_than_a_whole_sentence(text: str) -> None:
    assert features(with_text(text))["open"] == 1
    assert probability(with_text(text)) < probability(with_text("Turn on the lamp."))


@pytest.mark.parametrize("text", ["Turn it on.", "What time is it?", "Set it to 22.5 degrees.", "Stop", "In 2026."])
def test_what_may_well_be_whole_is_not_called_open(text: str) -> None:
    assert features(with_text(text))["open"] == 0


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("Stell einen Timer für", True),
        ("Ich möchte einen Kaffee und", True),
        ("Ruf bitte, ähm", True),
        ("Meine Nummer ist null, eins, sieben", True),
        ("Das Fenster in der", True),
        ("Mach das Licht an.", False),
        ("Hör auf", False),
        ("Was ist das?", False),
        ("Wie spät ist es eigentlich?", False),
        ("Das weiß ich.", False),
        ("Halt", False),
        ("Um drei.", False),
    ],
)
def test_german_words_are_looked_at_in_german(text: str, is_open: bool) -> None:
    assert features(Signs((0.5,), text, language="de"))["open"] == is_open


def test_a_word_is_open_in_its_own_language_only() -> None:
    assert features(Signs((), "Ich weiß, was er will", language="de"))["open"] == 0
    assert features(Signs((), "When is it I will", language="en"))["open"] == 1
    assert features(Signs((), "Das ist die", language="en"))["open"] == 0


def test_without_a_text_the_sound_decides() -> None:
    assert all(features(with_text(""))[name] == 0 for name in ("open", "question"))
    assert probability(with_text("", 0.99)) > 0.7 > 0.3 > probability(with_text("", 0.01))


def test_who_paused_before_may_well_pause_again() -> None:
    paused = Signs(DONE.scores, DONE.text, pauses_s=(0.4, 0.7))
    assert probability(paused) < probability(DONE)
    dips = Signs(DONE.scores, DONE.text, pauses_s=(0.06, 0.1))
    assert probability(dips) == probability(DONE)


def test_scores_of_one_silence_are_averaged_as_log_odds() -> None:
    assert features(Signs((0.9, 0.1), ""))["sound"] == pytest.approx(0)
    assert features(Signs((), ""))["sound"] == 0


@given(st.text(), st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(0, 10)))
def test_any_signs_have_a_probability_and_a_surer_sound_is_never_less_final(
    text: str, low: float, high: float, pauses_s: list[float]
) -> None:
    low, high = sorted((low, high))
    first, second = (probability(Signs((score,), text, tuple(pauses_s))) for score in (low, high))
    assert 0 < first <= second < 1
    assert set(features(Signs((low,), text))) == set(WEIGHTS)


def test_it_costs_far_less_than_a_millisecond() -> None:
    long = with_text("and then we went to the market to buy a dozen eggs and some bread " * 20)
    assert min(timeit.repeat(lambda: probability(long), number=10, repeat=5)) / 10 < 1e-3
