"""AnswerReader: yes or no, and times, as people say them when they have been asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Literal

from edge_agent.act.numbers import number
from edge_agent.act.sentences import Sentences
from edge_agent.act.times import Context, Found, Resolved, When, find, resolve

NOON = 12
LONGEST_YES = 8
"""Words: a longer sentence is no pure yes, and what it says beside it may matter more."""


class AnswerReader:
    def __init__(self, sentences: Sentences, context: Context) -> None:
        common = sentences.common
        self._context = context
        self._yes, self._no = (
            re.compile(rf"(?:{'|'.join(common[name])})", re.IGNORECASE) for name in ("affirm", "deny")
        )
        self._which = {
            name: re.compile(rf"\b(?:{'|'.join(common[name])})\b", re.IGNORECASE)
            for name in ("first", "second", "third", "morning", "afternoon")
        }

    def yes(self, text: str) -> bool | None:
        """None: neither. Only a short, pure yes counts, as an effect hangs on it."""
        plain = re.sub(r"[^\w\s']", " ", text.casefold()).strip()
        if len(plain.split()) > LONGEST_YES:
            return None
        plain = " ".join(plain.split())
        if self._no.fullmatch(plain) or re.match(r"no\b|nope\b|don't\b|do not\b", plain):
            return False
        return True if self._yes.fullmatch(plain) else None

    def time(
        self, text: str, now: datetime, choices: Sequence[When], slot: Literal["when", "duration"] | str
    ) -> Found | None:
        """The time that answers, one of `choices` if there are any."""
        if choices and (chosen := self._chosen(text, choices, now)):
            return Found(0, len(text), "when", Resolved((chosen,)), None)
        if choices and (other := self._of_that_day(text, choices, now)):
            return other
        for found in find(text, now, self._context):
            if found.kind == "duration" and slot == "when" and found.duration:
                later = When(now + found.duration)
                return Found(found.first, found.last, "when", Resolved((later,)), None)
            is_another = bool(choices and found.when and found.when.candidates[0].rrule and not choices[0].rrule)
            if found.kind == slot and not is_another:
                return found
        minutes = number(text.strip(" .,!?")) if slot == "duration" else None
        return Found(0, len(text), "duration", None, timedelta(minutes=minutes)) if minutes else None

    def _chosen(self, text: str, choices: Sequence[When], now: datetime) -> When | None:
        for at, name in enumerate(("first", "second", "third")):
            if self._which[name].search(text) and at < len(choices):
                return choices[at]
        for name, late in (("morning", False), ("afternoon", True)):
            if self._which[name].search(text):
                fitting = [each for each in choices if (each.start.hour >= NOON) is late]
                return fitting[0] if len(fitting) == 1 else None
        for found in find(text, now, self._context):
            meant = found.when.candidates if found.when else ()
            both = [each for each in choices if any(each.start == other.start for other in meant)]
            if len(both) == 1:
                return both[0]
            days = [each for each in choices if any(each.start.date() == other.start.date() for other in meant)]
            if len(days) == 1:
                return replace(days[0])
        return None

    def _of_that_day(self, text: str, choices: Sequence[When], now: datetime) -> Found | None:
        """Another time of the day that all choices are of: "half past seven, sorry"."""
        days, found = {each.start.date() for each in choices}, find(text, now, self._context)
        if len(days) != 1 or len(found) != 1:
            return None
        midnight = datetime.combine(day := days.pop(), clock_time(), now.tzinfo)
        resolved = resolve(text[found[0].first : found[0].last], midnight, self._context)
        meant = tuple(each for each in (resolved.candidates if resolved else ()) if each.start.date() == day)
        if not meant or not meant[0].has_time:
            return None
        return replace(found[0], when=Resolved(meant, len(meant) > 1))
