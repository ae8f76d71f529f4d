"""Copying: what stands in the user's words as an argument needs it, in place of the copy that an LLM made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from datetime import datetime

from edge_agent.act.numbers import to_digits
from edge_agent.act.times import find
from edge_agent.types import Json

_QUOTED = re.compile(r"""(?<![\w'"])(?:'(.+?)'|"(.+?)"|‘(.+?)’|“(.+?)”)(?!\w)""", re.DOTALL)
_CODE = re.compile(r"\b[A-Za-z][\w-]*\d[\w-]*")
"""An identifier of letters and digits."""
_TIME = re.compile(r"(?<![\d:])(\d\d):(\d\d)(?=\D|$)(?! ?[ap]\.?m)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_DATED = re.compile(r"\d{4}-\d\d-\d\d|\b\d\d?[/.]\d\d?[/.]\d{4}\b")
_UNIVERSAL = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_ZONES = re.compile(r"\b(?:utc|gmt|zulu)\b|\dZ\b|\bZ'", re.IGNORECASE)
_PLACES = ("lat", "lon", "lng")
"""Beginnings of names of what is negative in the south and in the west."""


class Copying:
    """One message of the user."""

    def __init__(self, said: str, language: str, now: Callable[[], datetime] | None) -> None:
        """`now`: the time for the user, aware; without it no time is looked for. Of times that may mean several the
        likely one is taken: that of the LLM is surely wrong."""
        self._said, self._digits = said, to_digits(said.casefold())
        self.unquoted = _QUOTED.sub(" it ", said)
        # "123" of "Bob-123 to November" is no time, nor is a title in quotes
        found = find(_CODE.sub("it", self.unquoted), now(), language=language) if now else []
        self._times = [each.when.candidates[0] for each in found if each.when]
        self._quoted = ["".join(filter(None, found.groups())) for found in _QUOTED.finditer(said)]

    def text(self, value: str, arguments: Json, *, made_up: bool, told: str = "") -> str:
        """A text: whole, if the LLM has a part of what was said in quotes; what was said in quotes and has no place
        yet, if it was `made_up`; with the day and the time of day that was said. `told`: what is told of the argument.
        """
        others = [_plain(each) for each in _texts(arguments.values()) if each != value]
        free = [each for each in self._quoted if not any(other in _plain(each) for other in others)]
        if made_up:
            return free[0] if len(free) == 1 else value
        whole = [each for each in free if _is_most(value, each)]
        return whole[0] if len(whole) == 1 else self._timed(self._dated(value, arguments), told)

    def is_another_day(self, name: str, arguments: Json, needed: Container[str]) -> bool:
        """Whether an argument is one date too many: one time was said, and is that of an argument that is needed."""
        dated = {key for key, each in arguments.items() if isinstance(each, str) and _DATED.search(each)}
        once = len(self._times) == 1 and not (self._times[0].end or self._times[0].rrule)
        return once and name in dated and any(key in needed for key in dated)

    def _dated(self, value: str, arguments: Json) -> str:
        """It with the one day that was said: an LLM knows no calendar, and not which day is today."""
        dates = [each for each in _texts(arguments.values()) if _ISO.fullmatch(each)]
        when = self._times[0] if len(self._times) == 1 else None
        if dates != [value] or when is None or when.end or when.rrule or not (when.has_time or when.grain == "day"):
            return value
        return f"{when.start:%Y-%m-%d}{value[10:]}"

    def _timed(self, value: str, told: str) -> str:
        """It with the one time of day that was said: without a zone, if the LLM has one that nobody named."""
        clocks = {
            f"{each:%H:%M}" for when in self._times if when.has_time for each in (when.start, when.end or when.start)
        }
        if len(clocks) != 1 or len(_TIME.findall(value)) != 1:
            return value
        if _UNIVERSAL.search(value) and not _ZONES.search(self._said):
            if _ZONES.search(told):
                return value
            value = _UNIVERSAL.sub("", value)
        return _TIME.sub(clocks.pop(), value)

    def number(self, name: str, value: float, *, is_share: bool) -> float:
        """A number with the sign that was said: "minus five", and "119.5 W" of a longitude; of percent 0.05 where it
        `is_share`, one that need not be whole. One with a nought too many is the only one that was said: 10, no 100."""
        said = {float(each) for each in _NUMBER.findall(self._digits)}
        tenth = type(value)(value / 10)
        value = tenth if value and said == {tenth} else value
        number = rf"{re.escape(f'{value:.12g}')}(?![\d.]*\d)"
        if is_share and re.search(rf"(?<![\d.]){number} ?(?:%|percent\b|per cent\b)", self._digits):
            return round(value / 100, 12)
        minus = rf"(?:(?:^|[\s=(\[,:])[-−]|\b(?:minus|negative) ){number}"
        if name.casefold().startswith(_PLACES):
            minus += rf"|(?<![\d.]){number}\s*°?\s*(?:[ws]|west|south)\b"
        return -value if value > 0 and re.search(minus, self._digits) else value


def _texts(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | dict):
            yield from _texts(value.values() if isinstance(value, dict) else value)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _is_most(part: str, whole: str) -> bool:
    """Whether a text is not all the words of another, but half of them or more, in their order."""
    has, needs = _plain(part), _plain(whole)
    return has != needs and f" {has} " in f" {needs} " and 2 * len(has.split()) >= len(needs.split())
