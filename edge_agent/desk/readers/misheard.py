"""Misheard: days as an ASR writes them -> as they were said. Each text is as long as before."""

from __future__ import annotations

import re
from functools import lru_cache

from edge_agent.desk.phrases import DeskPhrases


def days_as_said(text: str, phrases: DeskPhrases) -> str:
    """The text with days that there are: no 40th of March, no appointment from the 11th to half past eleven."""
    for pattern, said in _days(phrases):
        text = pattern.sub(said, text)
    return text


def other_day(text: str, phrases: DeskPhrases) -> str | None:
    """The text with the day that the one in it is heard for: the 13th for the 30th. None: there is no such day."""
    for pair in phrases.values["misheard"]["alike"]:
        found = re.search(rf"\b(?:{'|'.join(pair)})\b", text, re.IGNORECASE)
        if found:
            other = next(each for each in pair if each != found[0].lower())
            return text[: found.start()] + str(other) + text[found.end() :]
    return None


@lru_cache
def _days(phrases: DeskPhrases) -> list[tuple[re.Pattern[str], str]]:
    misheard = phrases.values["misheard"]
    made = [(pattern.replace("{day}", misheard["day"]), said) for pattern, said in misheard["days"]]
    return [(re.compile(pattern, re.IGNORECASE), said) for pattern, said in made]
