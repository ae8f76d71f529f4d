"""Phrases: what a desk hears and says in a language: words/<language>/desk.toml, English where there is none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from edge_agent.words import FALLBACK, FOLDER, code_of

_MARKS = re.compile(r"[^\w\s'@.+:/&-]|(?<!\w)'|'(?!\w)|\.(?!\w)|(?<!\w)\.(?!\w)")


class DeskPhrases:
    """The patterns and sentences of one language."""

    def __init__(self, language: str, values: Mapping[str, Any]) -> None:
        self.language = language
        self.values = values
        self._patterns = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in values["hear"].items()}
        self._spoken = import_module(f"edge_agent.words.{language}.values")

    def pattern(self, name: str) -> re.Pattern[str]:
        """The expression of that name."""
        return self._patterns[name]

    def hears(self, name: str, text: str) -> bool:
        """Whether it is somewhere in a text."""
        return self._patterns[name].search(text) is not None

    def without_lead(self, text: str) -> str:
        """The text without what people begin an answer with."""
        lead = self._patterns["lead"]
        while match := lead.match(text):
            text = text[match.end() :].lstrip(" ,.!")
        return text

    def say(self, name: str, /, **fields: object) -> str:
        """A sentence."""
        return str(self.values["say"][name]).format(**fields)

    def done(self, name: str, /, **fields: object) -> str:
        """A sentence that tells of what was done; for behind it."""
        return str(self.values["done"][name]).format(**fields)

    def part(self, name: str, /, **fields: object) -> str:
        return str(self.values["parts"][name]).format(**fields)

    def ask(self, name: str, tries: int = 0, /, **fields: object) -> str:
        """A question; the last way of putting it from some try on."""
        ways = self.values["ask"][name]
        return str(ways[min(tries, len(ways) - 1)]).format(**fields)

    def listed(self, items: Sequence[str], last: str = "and") -> str:
        return str(self._spoken.listed(list(items), self.part(last)))

    def day(self, day: date, now: datetime) -> str:
        """ "Tuesday, March 3": weekday and date, always."""
        return str(self._spoken.full_date(day, now.date()))

    def birthday(self, day: date, now: datetime) -> str:
        """ "March 3, 1985": without the weekday, which nobody knows of it."""
        return self.day(day, now).partition(", ")[2]

    def weekday(self, day: date) -> str:
        return str(self._spoken.day_of_week(day))

    def clock(self, moment: datetime) -> str:
        return str(self._spoken.clock(moment))

    def moment(self, moment: datetime, now: datetime) -> str:
        """ "Tuesday, March 3 at 2 PM"."""
        return self.part("at", day=self.day(moment.date(), now), clock=self.clock(moment))


def plain(text: str) -> str:
    """Small letters without marks, as patterns are matched against."""
    text = text.casefold().replace("’", "'").replace('o"clock', "o'clock")
    return " ".join(_MARKS.sub(" ", text).split())


@lru_cache
def phrases_of(language: str) -> DeskPhrases:
    """The phrases of a language; English ones for one without."""
    code = code_of(language)
    if not (FOLDER / code / "desk.toml").is_file():
        code = FALLBACK
    return DeskPhrases(code, tomllib.loads((FOLDER / code / "desk.toml").read_text(encoding="utf-8")))
