"""Plain values: numbers, dates of birth, days, choices and free texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from edge_agent.act.numbers import to_digits
from edge_agent.act.times.apart import apart
from edge_agent.act.times.when import Context
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.readers.digits import said_digits
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.named import OwnersNames

_NUMBERS = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
_ORDINALS = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_DAY_OF_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)? of (?:the )?(\d{1,2})(?:st|nd|rd|th)?[, ]+(?:of )?(?=\d)")
_SHORT_YEAR = re.compile(r"(?<=[\w,] )['’]?(\d\d)(?=[.!? ]*$)|['’](\d\d)\b", re.IGNORECASE)
"""A year of two digits, behind a month or a day."""
_HOUSE = re.compile(r"\b(\d{1,2})(?:,(?=\d{3}\b)|-(?=\d{2}\b))(\d{2,3})(?= [A-Z])")
"""The number of a house, as the ASR writes it: "19,920 Olivewood Street", "11-11 Broadway"."""
_DATE = re.compile(r"\b(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{2,4})\b")


def read_number(text: str, phrases: DeskPhrases, *, first: bool = False) -> int | float | None:
    """The number; the last of several, as people correct themselves, or the first one. Grown-ups and children are
    added up."""
    for pattern, number in phrases.values["number_words"]:
        text = re.sub(pattern, number, text, flags=re.IGNORECASE)
    said = to_digits(text.replace(",", ""), phrases.language)
    said = re.sub(phrases.values["hear"]["thousands"], r"\g<1>000", said, flags=re.IGNORECASE)
    parts = re.findall(rf"\b(\d+) {phrases.values['hear']['kind_of_person']}", said, re.IGNORECASE)
    found = [str(sum(map(int, parts)))] if len(parts) > 1 else _NUMBERS.findall(said) or _ORDINALS.findall(said)
    if not found:
        return None
    value = float(found[0 if first else -1])
    return int(value) if value == int(value) else value


def read_code(text: str, phrases: DeskPhrases) -> str | None:
    """What is said letter by letter and digit by digit, put together: "K for kilo, A, six five" is KA65. None where
    there are other words beside it."""
    joined = text
    for run in reversed(spelled(text, phrases)):
        joined = f"{joined[: run.first]} {run.letters.upper()} {joined[run.last :]}"
    for digits in reversed(said_digits(joined, phrases, 1)):
        joined = f"{joined[: digits.first]} {digits.digits} {joined[digits.last :]}"
    pieces = re.findall(r"\w+", joined)
    is_code = all(len(each) == 1 or each.isdecimal() or each.isupper() for each in pieces)
    is_put_together = len(re.findall(r"\w+", text)) > len(pieces) or sum(len(each) == 1 for each in pieces) > 2
    code = "".join(pieces).upper()
    return code if is_code and is_put_together and len(code) > 2 else None


def read_birth(text: str, now: datetime, region: str, phrases: DeskPhrases) -> str | None:
    """A day in the past with its year, ISO: "the third of May 1984", "03 05 1984"."""
    text = _DAY_OF_MONTH.sub(_month_named, to_digits(text, phrases.language))
    if numbers := _DATE.search(text):
        return _in_numbers(numbers, now, region, phrases)
    text = _SHORT_YEAR.sub(lambda year: str(_whole_year(int(year[1] or year[2]), now)), text)
    for each in apart(text, now, Context(country=region, past=True), phrases.language):
        day = each.days[0].first if each.days else None
        is_whole = re.search(r"\d{4}|\b(?:nineteen|twenty|thousand|hundred)\b", text[each.first : each.last], re.I)
        if day and each.days[0].last == day and day < now.date() and is_whole:
            return day.isoformat()
    return None


def _month_named(said: re.Match[str]) -> str:
    """ "The 22nd of the 7th" with the month by its name: which is the day is told by the "of"."""
    month = int(said[2])
    return f"{said[1]} {date(2000, month, 1):%B} " if 1 <= month <= 12 else said[0]


def _whole_year(year: int, now: datetime) -> int:
    """ "85" is 1985, "05" is 2005."""
    return year + (2000 if year <= now.year % 100 else 1900)


def _in_numbers(match: re.Match[str], now: datetime, region: str, phrases: DeskPhrases) -> str | None:
    first, second, third = (int(each) for each in match.groups())
    if first > 31:
        year, month, day = first, second, third
    elif region in phrases.values["date_order"]["month_first"]:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if month > 12:
        day, month = month, day
    if year < 100:
        year = _whole_year(year, now)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if found <= now.date() else None


def read_day(text: str, now: datetime, region: str, phrases: DeskPhrases) -> str | None:
    """A day from today on, ISO."""
    text = re.sub(phrases.values["times"]["until"], "on", text, flags=re.IGNORECASE)
    said = [each for each in apart(text, now, Context(country=region), phrases.language) if each.days]
    days = [each.days[0].first for each in said if each.days[0].first >= now.date()]
    return days[-1].isoformat() if days else None


def read_choice(text: str, choices: Sequence[str]) -> str | None:
    """The one that is named last."""
    found = OwnersNames((choice, ()) for choice in choices).find(text)
    return max(found, key=lambda each: each.last).name if found else None


def read_text(text: str, phrases: DeskPhrases) -> str | None:
    """The words that answer, without what leads to them and what is said beside them."""
    said = phrases.without_lead(text.strip())
    lead = phrases.pattern("text_lead").match(said)
    said = said[lead.end() :] if lead and plain(said[lead.end() :]) else said
    cut = phrases.pattern("text_cut").search(said)
    said = said[: cut.start()] if cut and plain(said[: cut.start()]) else said
    said = phrases.pattern("text_tail").sub("", said).strip(" .,!?\"'")
    said = _HOUSE.sub(r"\1\2", said)
    return said if plain(said) else None
