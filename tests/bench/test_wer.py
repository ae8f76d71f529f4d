"""Two spellings of the same sound must count as no error, and a wrong word as one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.bench.asr import read_said
from edge_agent.bench.wer import count_errors, normalise, ready
from edge_agent.errors import InputError


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("230pm", "2:30 p.m."),
        ("230pm", "2.30 PM."),
        ("set Bed Light brightness to 50 percent", "Set bed light brightness to fifty per cent."),
        ("set temperature to 22.5 degrees", "Set temperature to twenty-two point five °"),
        ("600000", "600,000"),
        ("one hundred twenty", "120"),
        ("on the 1st of May", "On the first of May"),
        ("at 10 a.m.", "at ten AM"),
        ("what's the weather", "What is the weather?"),
        ("I can't, won't", "I cannot; will not"),
        ("montreal <hes-forced> aligner [laughter]", "Montreal aligner"),
        ("it costs $3", "It costs three dollars"),
        ("Mr. O’Neill", "mister o'neill"),
    ],
)
def test_the_same_words_are_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("15", "50"), ("turn on", "turn off"), ("can", "can't"), ("a", "i")])
def test_other_words_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_numbers_follow_the_language() -> None:
    assert normalise("Marque 2", "es") == "marque dos"
    assert normalise("número", "es") == "numero"
    assert normalise("press 2", "xx") == "press 2", "a language without number words keeps its digits"


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_errors_are_pooled_over_words_not_averaged_over_clips() -> None:
    counted = count_errors([("one two three four", "one two three four"), ("five", "nine")])
    assert (counted.errors, counted.words, counted.rate) == (1, 5, 0.2)


def test_text_where_nothing_was_said_counts_as_insertions() -> None:
    assert count_errors([("[noise]", "thank you")]).errors == 2
    assert count_errors([]).rate == 0.0


def test_without_jiwer_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ready()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="-m pip install 'jiwer>=4'"):
        ready()
    with pytest.raises(InputError, match="jiwer"):
        read_said([Path("nowhere")])
