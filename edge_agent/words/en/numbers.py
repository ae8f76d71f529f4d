"""English words for numbers, and for what else is written in digits: telephone numbers, versions, decades.

espeak-ng reads plain digits well. It says "nineteen hundred eighty-four" for 1984, "dollar five" for $5,
"K M" for km, "one slash two" for 1/2 and "dash" inside a telephone number; and once the hard cases are words,
so are the easy ones, so that no digit is read by two rules.
"""

from __future__ import annotations

import re

from edge_agent.words.numbers import NOT_INSIDE, Numbers
from edge_agent.words.rules import Rule, rule

NUMBERS = Numbers("en", thousands=",", decimal=".", point="point")
NUMBER = NUMBERS.pattern
number_words, spelled, cardinal = NUMBERS.words, NUMBERS.spelled, NUMBERS.cardinal


def year(number: int) -> str:
    """1984 -> nineteen eighty-four, 2005 -> two thousand five."""
    if 2000 <= number <= 2009:
        return number_words(number).replace(" and ", " ")
    return number_words(number, "year").replace("oh-", "oh ")


def plural(words: str) -> str:
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")


def _decade(match: re.Match[str]) -> str:
    number = int(match[match.re.groups])
    return plural(year(number) if number >= 100 else number_words(number))


def _power(match: re.Match[str]) -> str:
    sign, digits = match[1], match[2]
    named = {"2": " squared", "3": " cubed"}.get(digits)
    return named if named and not sign else f" to the power of {'minus ' if sign else ''}{cardinal(digits)}"


def _plain(match: re.Match[str]) -> str:
    text = match[0]
    is_year = len(text) == 4 and text.isdigit() and 1100 <= int(text) <= 2099
    return year(int(text)) if is_year else cardinal(text)


def _digits(match: re.Match[str]) -> str:
    return spelled(match[0])


CODE_RULES: tuple[Rule, ...] = (
    rule(r"\b((?:1[0-9]|20)[0-9]0)'?s\b", _decade),
    rule(r"(\b(?:the|her|his|my|early|late|mid)[ -])['’]?([2-9]0)s\b", lambda m: m[1] + _decade(m)),
    rule(r"(['’])([2-9]0)s\b", _decade),
    rule(
        r"(?<!\w)\+(?=(?:[^0-9]?[0-9]){7})[0-9]{1,3}(?:[ .-]?\(?[0-9]+\)?)+",
        lambda match: "plus " + spelled(match[0]),
    ),
    rule(r"\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}\b", _digits),
    rule(NOT_INSIDE + r"[0-9]{3}([-. ])[0-9]{3}\1[0-9]{4}\b", _digits),
    rule(NOT_INSIDE + r"(?:[0-9]{3}-[0-9]{4}|[0-9]+(?:-[0-9]+){2,})(?![\w-])", _digits),
    rule(r"(?<=[Cc]all )[0-9]{3,}\b|(?<=[Dd]ial )[0-9]{3,}\b|\b911\b", _digits),
    rule(r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", lambda match: spelled(match[0], " dot ")),
    rule(r"\bv(?=[0-9])", "version "),
    rule(
        r"[0-9]+(?:\.[0-9]+){2,}|(?<=[Vv]ersion )[0-9]+\.[0-9]+\b",
        lambda match: " point ".join(cardinal(part) for part in match[0].split(".")),
    ),
)
"""Digits that are no quantity, and decades, which look like seconds."""

PLAIN_RULES: tuple[Rule, ...] = (
    rule(r"\b([0-9]{1,12})(?:st|nd|rd|th)\b", lambda match: number_words(int(match[1]), "ordinal")),
    rule(r"\^([-−]?)([0-9]+)", _power),
    rule(r"(?<=[0-9]) [-−] (?=[0-9])", " minus "),
    rule(r"(?<=[0-9])x(?=[0-9])", " by "),
    rule(r"(?<=[0-9])\s?[x×*·]\s?(?=[0-9])", " times "),
    rule(r"(?<=[0-9])[x×](?!\w)", " times"),
    rule(r"(?<=[0-9])\s?[/÷]\s?(?=[0-9])", " divided by "),
    rule(r"(?<=[0-9]):(?=[0-9])", " to "),
    rule(r"(?<![\w.])\.(?=[0-9])", "point "),
    rule(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])", " "),
    rule(NUMBER, _plain),
)
"""All that is left; afterwards there is no digit."""
