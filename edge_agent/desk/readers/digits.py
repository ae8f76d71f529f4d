"""Digits: what is said digit by digit or in groups: "oh seven seven double zero", "five fifty-five", "triple one"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edge_agent.act.numbers import below_hundred, counting_of
from edge_agent.desk.phrases import DeskPhrases

_TOKEN = re.compile(r"\+?\d+|[A-Za-z]+|[^\w\s]")
_BETWEEN = {"-", ",", ".", "(", ")", "/", "and", "then", "um", "uh", "er", "erm", "..."}
"""What may stand between two groups."""
_AMBIGUOUS = {"to", "too", "for", "fore", "won", "ate", "o"}
"""Words that are digits between digits alone."""


@dataclass(frozen=True, slots=True)
class SaidDigits:
    """Digits in a text, and where: text[first:last]. A plus may stand before them."""

    digits: str
    first: int
    last: int


def said_digits(text: str, phrases: DeskPhrases, least: int = 3) -> list[SaidDigits]:
    """The runs of at least so many digits."""
    tokens = [(match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    words = [token[0] for token in tokens]
    found: list[SaidDigits] = []
    at = 0
    while at < len(tokens):
        digits, last = _run(words, at, phrases)
        if len(digits.lstrip("+")) >= least:
            found.append(SaidDigits(digits, tokens[at][1], tokens[last - 1][2]))
            at = last
        else:
            at += 1
    return found


def digit_ahead(text: str, phrases: DeskPhrases) -> str:
    """The digit that the last word of a text may be, which stands ahead of others: "My number is for" of "for 1 5"."""
    words = [match[0].lower() for match in _TOKEN.finditer(text)]
    return _digit(words[-1], phrases) if words and words[-1] in _AMBIGUOUS else ""


def _run(words: list[str], at: int, phrases: DeskPhrases) -> tuple[str, int]:
    """The digits from words[at] on, and the index behind the last of them."""
    digits, last = "", at
    if words[at] in _BETWEEN or words[at] in _AMBIGUOUS - {"o"}:
        return "", at
    while at < len(words):
        group, behind = _group(words, at, phrases)
        if words[at] in _AMBIGUOUS - {"o"} and len(words[at - 1]) > 1 and words[at - 1].isdecimal():
            break  # "11 to 11.30"
        if group:
            digits, last, at = digits + group, behind, behind
        elif digits and words[at] in _BETWEEN:
            at += 1
        else:
            break
    return digits, last


def _group(words: list[str], at: int, phrases: DeskPhrases) -> tuple[str, int]:
    word = words[at]
    if re.fullmatch(r"\+?\d+", word):
        return word, at + 1
    if word == "plus" or word == "+":
        return "+", at + 1
    times = phrases.values["times_over"].get(word)
    if times and at + 1 < len(words):
        digit = _digit(words[at + 1], phrases) or (words[at + 1] if re.fullmatch(r"\d", words[at + 1]) else "")
        return digit * times, at + 2 if digit else at
    if digit := _digit(word, phrases):
        if words[at + 1 : at + 2] == ["hundred"]:
            return digit + "00", at + 2
        return digit, at + 1
    counting = counting_of(phrases.language)
    number = below_hundred(counting, words, at) if counting else None
    return (str(number.value), number.after) if number and not number.ordinal else ("", at)


@lru_cache
def _names(phrases: DeskPhrases) -> dict[str, str]:
    return {name: digit for digit, names in phrases.values["digits"].items() for name in names}


def _digit(word: str, phrases: DeskPhrases) -> str:
    return _names(phrases).get(word, "")
