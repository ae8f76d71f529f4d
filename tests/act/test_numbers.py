"""Numbers as they are said and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.act.numbers import number, to_digits
from edge_agent.words.en.numbers import number_words


@pytest.mark.parametrize(
    ("phrase", "value"),
    [
        ("twenty five", 25),
        ("twenty-five", 25),
        ("three point five", 3.5),
        ("zero point zero two", 0.02),
        ("two hundred and six", 206),
        ("a hundred", 100),
        ("a hundred thousand and one", 100_001),
        ("nineteen eighty-four", 1984),
        ("twenty twenty six", 2026),
        ("nineteen oh five", 1905),
        ("two and a half", 2.5),
        ("half a dozen", 6),
        ("two thirds", 2 / 3),
        ("minus seven", -7),
        ("1,234,567", 1234567),
        ("2 million", 2_000_000),
        ("two and a half million", 2_500_000),
        ("three million and a half", 3_500_000),
        ("21st", 21),
        ("one hundred twenty fifth", 125),
        ("3/4", 0.75),
    ],
)
def test_numbers(phrase: str, value: float) -> None:
    assert number(phrase) == pytest.approx(value)


@pytest.mark.parametrize("phrase", ["", "a", "double five", "five apples", "and", "point", "hello", "seven thirty"])
def test_what_is_no_number(phrase: str) -> None:
    assert number(phrase) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Set it to twenty-five degrees.", "Set it to 25 degrees."),
        ("the twenty first of may", "the 21st of may"),
        ("half past seven, wait a second", "half past 7, wait a second"),
        ("fifteen percent of two hundred and six", "15 percent of 206"),
        ("three point five plus minus two", "3.5 plus -2"),
        ("nothing here", "nothing here"),
    ],
)
def test_to_digits(text: str, digits: str) -> None:
    assert to_digits(text) == digits


@given(st.integers(0, 10**12 - 1))
def test_every_number_that_is_read_out_is_understood(value: int) -> None:
    assert number(number_words(value)) == value


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    number(text)
    to_digits(text)


def test_german_is_not_there_yet() -> None:
    assert number("fünf", language="de") is None
    assert to_digits("fünf", language="de") == "fünf"
