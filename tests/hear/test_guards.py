"""The guards, without a model: what counts as a loop, as invented, as words, and where long sound is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.hear import guards
from edge_agent.types import HEAR_RATE_HZ

SURE = {"confidence": 0.9, "no_speech": 0.05}


@pytest.mark.parametrize(
    "text",
    [
        "no no no no no no",
        "the cat the cat the cat",
        "I'm going to go to the store, I'm going to go to the store, I'm going to go to the store.",
        "ha" * 60,
    ],
)
def test_loops_are_seen(text: str) -> None:
    assert guards.is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no no no",
        "words words words words um",
        "my voice is my passport, verify me",
        "New York, New York",
        "set a timer for ten minutes and a timer for ten hours and a timer for ten days",
    ],
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert not guards.is_looping(text)


@pytest.mark.parametrize("text", ["", "...", "[Music]", "(applause) ♪♪", "*sighs*", " - "])
def test_tags_and_punctuation_are_no_words(text: str) -> None:
    assert guards.spoken(text) == ""
    assert guards.rejection(text, **SURE) == "no words"


def test_words_beside_a_tag_are_kept() -> None:
    assert guards.spoken("[Music] Turn it (click) off.") == "Turn it off."


@pytest.mark.parametrize("text", ["Thanks for watching!", "Thank you.", "Subtitles by the Amara.org community", "you"])
def test_stock_phrases_fall_only_when_in_doubt(text: str) -> None:
    assert guards.rejection(text, **SURE) is None
    assert guards.rejection(text, confidence=0.5, no_speech=0.45) == "a phrase that silence produces"
    assert guards.rejection("Turn on the lamp.", confidence=0.5, no_speech=0.45) is None


@pytest.mark.parametrize(
    "text",
    ["Untertitel der Amara.org-Community", "Vielen Dank fürs Zuschauen!", "Untertitelung des ZDF, 2020", "Danke."],
)
def test_stock_phrases_are_those_of_the_language_that_was_heard(text: str) -> None:
    unsure = {"confidence": 0.5, "no_speech": 0.45}
    assert guards.rejection(text, **unsure, language="de") == "a phrase that silence produces"
    assert guards.is_doubtful(text, 0.6, 0.45, "de")
    assert guards.rejection(text, **SURE, language="de") is None
    assert guards.rejection("Ja.", **unsure, language="de") is None
    assert guards.rejection("Mach die Lampe an.", **unsure, language="de") is None


@pytest.mark.parametrize("text", ["Turn on the lamp.", "Thank you for the lamp.", "You won."])
def test_other_sentences_are_no_stock_phrases(text: str) -> None:
    assert not guards.is_stock_phrase(text)


def test_no_speech_alone_or_doubt_alone_rejects_nothing() -> None:
    assert guards.rejection("Turn on the lamp.", confidence=0.9, no_speech=0.9) is None
    assert guards.rejection("Turn on the lamp.", confidence=0.35, no_speech=0.05) is None
    assert guards.rejection("Turn on the lamp.", confidence=0.2, no_speech=0.9) == "probably nobody spoke"


def test_a_loop_is_doubtful_however_sure_the_model_is() -> None:
    assert guards.is_doubtful("so so so so so so", confidence=0.99, no_speech=0.0)
    assert not guards.is_doubtful("so it is", confidence=0.9, no_speech=0.1)


@settings(max_examples=25, deadline=None)
@given(seconds=st.floats(0.0, 100.0), seed=st.integers(0, 99))
def test_pieces_are_short_enough_and_lose_nothing(seconds: float, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * HEAR_RATE_HZ)).astype(np.float32)
    pieces = guards.cut_at_pauses(samples)
    assert np.array_equal(np.concatenate(pieces), samples)
    assert all(len(piece) <= guards.LONGEST_S * HEAR_RATE_HZ for piece in pieces)
    assert all(len(piece) >= 20 * HEAR_RATE_HZ for piece in pieces[:-1])


def test_the_cut_falls_into_the_pause() -> None:
    samples = np.random.default_rng(1).standard_normal(40 * HEAR_RATE_HZ).astype(np.float32)
    samples[int(23.0 * HEAR_RATE_HZ) : int(23.5 * HEAR_RATE_HZ)] *= 0.01
    first = guards.cut_at_pauses(samples)[0]
    assert 23.0 < len(first) / HEAR_RATE_HZ < 23.5


def test_cutting_silence_terminates() -> None:
    assert len(guards.cut_at_pauses(np.zeros(90 * HEAR_RATE_HZ, np.float32))) > 3
