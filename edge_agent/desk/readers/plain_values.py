"""Plain values: numbers, dates of birth, days, choices and free texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from edge_agent.act.numbers import to_digits
from edge_agent.act.times.apart import apart
from edge_agent.act.times.when import Context
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.readers.named import OwnersNames

_NUMBERS = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
_HOUSE = re.compile(r"\b(\d{1,2}),(\d{3})(?= [A-Z])")
"""The number of a house, as the ASR writes it: "19,920 Olivewood Street"."""
_DATE = re.compile(r"\b(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{2,4})\b")


def read_number(text: str, phrases: DeskPhrases) -> int | float | None:
    """The number; the last of several, as people correct themselves."""
    said = re.sub(phrases.values["hear"]["number_words"], "two", text, flags=re.IGNORECASE)
    found = _NUMBERS.findall(to_digits(said.replace(",", ""), phrases.language))
    if not found:
        return None
    value = float(found[-1])
    return int(value) if value == int(value) else value


def read_birth(text: str, now: datetime, region: str, phrases: DeskPhrases) -> str | None:
    """A day in the past with its year, ISO: "the third of May 1984", "03 05 1984"."""
    if numbers := _DATE.search(text) or _DATE.search(to_digits(text, phrases.language)):
        return _in_numbers(numbers, now, region, phrases)
    for each in apart(text, now, Context(country=region, past=True), phrases.language):
        day = each.days[0].first if each.days else None
        if day and each.days[0].last == day and day < now.date() and re.search(r"\d{2}|\bteen|ty\b|eighty", text):
            return day.isoformat()
    return None


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
        year += 2000 if year <= now.year % 100 else 1900
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
