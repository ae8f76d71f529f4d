"""English words for dates and times."""

from __future__ import annotations

import re

from edge_agent.words.en.numbers import number_words, year
from edge_agent.words.numbers import NOT_INSIDE
from edge_agent.words.rules import Rule, rule

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH = "(" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in _MONTHS if m != "May") + r"|Sept|May)\b\.?"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?\b"
_YEAR = r"(?:,? ([0-9]{4})\b)?"
_AM_PM = r"([AaPp])\.?[Mm]\b(?:\.(?!\s*$))?"  # the last full stop of a text stays


def _date(day: int, month: int, year_digits: str | None) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    words = f"{_MONTHS[month - 1]} {number_words(day, 'ordinal')}"
    if not year_digits:
        return words
    number = int(year_digits)
    return f"{words}, {year(number + 2000 if len(year_digits) == 2 else number)}"


def _iso_date(match: re.Match[str]) -> str:
    date = _date(int(match[3]), int(match[2]), match[1])
    return match[0] if date is None else date + (" at " if match[4] else "")


def _slash_date(match: re.Match[str]) -> str:
    """Month first, as en_US has it, unless only the other order is a date. A dot says day first."""
    first, second = int(match[1]), int(match[3])
    day_first = match[2] == "." or first > 12
    day, month = (first, second) if day_first else (second, first)
    return _date(day, month, match[4]) or match[0]


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name[:3]))


def _month_day(match: re.Match[str]) -> str:
    return _date(int(match[2]), _month_number(match[1]), match[3]) or match[0]


def _day_month(match: re.Match[str]) -> str:
    day, month = int(match[1]), _MONTHS[_month_number(match[2]) - 1]
    if not 1 <= day <= 31:
        return match[0]
    words = f"{number_words(day, 'ordinal')} of {month}"
    return f"{words}, {year(int(match[3]))}" if match[3] else words


def _time(match: re.Match[str]) -> str:
    hour, minute, second, half = match.groups()
    words = number_words(int(hour))
    if int(minute):
        words += f" {'oh ' if minute[0] == '0' else ''}{number_words(int(minute))}"
    elif not half:
        words += " o'clock" if 1 <= int(hour) <= 12 else " hundred hours"
    if int(second or 0):
        words += f" and {number_words(int(second))} seconds"
    return f"{words} {half.upper()}M" if half else words


def _hour(match: re.Match[str]) -> str:
    # espeak-ng reads "A M" as "uh em", and spells "AM"
    return f"{number_words(int(match[1]))} {match[2].upper()}M"


_CLOCK = r"(?<![\w:.])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]+)?)?"

DATE_RULES: tuple[Rule, ...] = (
    rule(NOT_INSIDE + r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(T)(?=[0-9])|\b)", _iso_date),
    rule(NOT_INSIDE + r"([0-9]{1,2})([/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![\w/]|\.[0-9])", _slash_date),
    rule(rf"\b{_MONTH} {_DAY}(?![.,:/%][0-9]){_YEAR}", _month_day),
    rule(rf"{NOT_INSIDE}{_DAY}(?: of)? {_MONTH}{_YEAR}", _day_month),
    rule(rf"{_CLOCK}\s?{_AM_PM}", _time),
    rule(rf"{_CLOCK}()Z?(?![\w:]|\.[0-9])", _time),
    rule(rf"{NOT_INSIDE}(1[0-2]|0?[1-9])\s?{_AM_PM}", _hour),
)
