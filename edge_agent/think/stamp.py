"""Stamp: date and time as they stand before what the user says, and how an answer is kept from repeating them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from edge_agent.words import words_of

OPENS = "("
"""No answer begins so: of 161 texts 10 were answered with a copy of the stamp, of which each word takes its time."""


def time_stamp(now: datetime, language: str = "en") -> str:
    """Date and time, in the form that small models repeat least (decision 0003)."""
    return f"{OPENS}{words_of(language).time_stamp(now)})"


def asks_date(text: str, language: str = "en") -> bool:
    """Whether the words have to do with date or time. Small models tell it with any others: "Say yes." was answered
    "Yes, it is Sunday, 29 November 2026, 16:02." (Qwen2.5-Coder 0.5B)."""
    return any(re.search(pattern, text.lower()) for pattern in words_of(language).asks_date)


def without_echo(stamp: str, pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of an answer, less a copy of `stamp` at its beginning: small models now and then repeat it."""
    begun: str | None = "" if stamp else None
    for piece in pieces:
        if begun is None:
            yield piece
            continue
        begun += piece
        text = begun.lstrip()
        if text.startswith(stamp):
            yield text[len(stamp) :]
            begun = None
        elif not stamp.startswith(text):
            yield begun
            begun = None
    if begun:
        yield begun
