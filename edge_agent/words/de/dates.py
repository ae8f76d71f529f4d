"""German words for dates and times."""

from __future__ import annotations

import re

from edge_agent.words import words_of
from edge_agent.words.de.numbers import WEAK, number_words, ordinal, year
from edge_agent.words.numbers import NOT_INSIDE
from edge_agent.words.rules import Rule, rule

_MONTHS = words_of("de").months
_MONTH = r"(Jan(?:uar)?|Feb(?:ruar)?|März?|Mrz|Apr(?:il)?|Mai|Juni?|Juli?|Aug(?:ust)?|Sept?(?:ember)?|Okt(?:ober)?|"
_MONTH += r"Nov(?:ember)?|Dez(?:ember)?)\b\.?"
_BEFORE = r"(?:\b([^\W\d_]+) )?"
"""The word in front of a date, which says how it ends."""
_YEAR = r"(?:,? ([0-9]{4})\b)?"


def _date(before: str | None, day: str, month: int, year_digits: str | None) -> str | None:
    """None for a day or a month that there is not."""
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return None
    known = before if before and re.fullmatch(rf"{WEAK}|der", before, re.IGNORECASE) else None
    words = [before, ordinal(int(day), known), _MONTHS[month - 1]]
    if year_digits:
        words.append(year(int(year_digits) + (2000 if len(year_digits) == 2 else 0)))
    return " ".join(filter(None, words))


def _iso_date(match: re.Match[str]) -> str:
    date = _date(match[1], match[4], int(match[3]), match[2])
    return match[0] if date is None else date + (" um " if match[5] else "")


def _day_month(match: re.Match[str]) -> str:
    name = match[3].replace("Mrz", "Mär")[:3]
    month = next(number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name))
    return _date(match[1], match[2], month, match[4]) or match[0]


def _numeric(match: re.Match[str]) -> str:
    """22.11.2026; without a year only behind a word such as "am", for 2.1. may be a chapter."""
    before, day, _, month, year_digits = match.groups()
    if not year_digits and not (before and re.fullmatch(rf"{WEAK}|der", before, re.IGNORECASE)):
        return match[0]
    return _date(before, day, int(month), year_digits) or match[0]


def _time(match: re.Match[str]) -> str:
    hour, minute, second = (int(digits or 0) for digits in match.groups())
    words = f"{'ein' if hour == 1 else number_words(hour)} Uhr"
    words += f" {number_words(minute)}" if minute else ""
    return f"{words} und {_seconds(second)}" if second else words


def _seconds(number: int) -> str:
    return "eine Sekunde" if number == 1 else f"{number_words(number)} Sekunden"


_HOUR = r"(?<![\w:.,])([01]?[0-9]|2[0-4])"

DATE_RULES: tuple[Rule, ...] = (
    rule(_BEFORE + NOT_INSIDE + r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(T)(?=[0-9])|\b)", _iso_date),
    rule(_BEFORE + NOT_INSIDE + r"([0-9]{1,2})([./]) ?([0-9]{1,2})(?:\3 ?([0-9]{4}|[0-9]{2})\b|\.)(?!\w)", _numeric),
    rule(rf"{_BEFORE}{NOT_INSIDE}([0-9]{{1,2}})\. ?{_MONTH}{_YEAR}", _day_month),
    rule(r"(?<=[0-9]) ?[-–] ?(?=[0-9]{1,2}(?:[:.][0-9]{2})? ?Uhr\b)", " bis "),
    rule(rf"{_HOUR}[:.]([0-5][0-9])(?::([0-5][0-9]))? ?Uhr\b", _time),
    rule(rf"{_HOUR}:([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]+)?)?Z?(?![\w:]|[.,][0-9])", _time),
    rule(rf"{_HOUR}()() ?Uhr\b", _time),
)
