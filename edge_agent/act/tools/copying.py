"""Copying: what stands in the user's words as an argument needs it, in place of the copy that an LLM made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from edge_agent.act.numbers import to_digits
from edge_agent.act.times import find
from edge_agent.types import Json

_QUOTED = re.compile(r"""(?<![\w'"])(?:'(.+?)'|"(.+?)"|‘(.+?)’|“(.+?)”)(?!\w)""", re.DOTALL)
_SAID_TIME = re.compile(r"\b(\d\d?)(?:[:.](\d\d))? ?([ap])\.?m\b|\b(1[3-9]|2[0-3]):(\d\d)\b", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d:])(\d\d):(\d\d)(?=\D|$)(?! ?[ap]\.?m)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d).*)?")
_UNIVERSAL = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_ZONES = re.compile(r"\b(?:utc|gmt|zulu)\b", re.IGNORECASE)
_PLACES = ("lat", "lon", "lng")
"""Beginnings of names of what is negative in the south and in the west."""


class Copying:
    """One message of the user."""

    def __init__(self, said: str, language: str, now: Callable[[], datetime] | None) -> None:
        self._said, self._digits, self._language, self._now = said, to_digits(said.casefold()), language, now
        self._quoted = ["".join(filter(None, found.groups())) for found in _QUOTED.finditer(said)]
        self.unquoted = _QUOTED.sub(" ", said)

    def text(self, value: str, arguments: Json, *, made_up: bool) -> str:
        """A text: whole, if the LLM has a part of what was said in quotes; what was said in quotes and has no place
        yet, if it was `made_up`; with the time of day that was said."""
        others = [_plain(each) for each in _texts(arguments.values()) if each != value]
        free = [each for each in self._quoted if not any(other in _plain(each) for other in others)]
        if made_up:
            return free[0] if len(free) == 1 else value
        whole = [each for each in free if _is_most(value, each)]
        return whole[0] if len(whole) == 1 else self._timed(self._dated(value, arguments))

    def _dated(self, value: str, arguments: Json) -> str:
        """With the one day that was said: an LLM knows no calendar, and not which day is today."""
        dates = [each for each in _texts(arguments.values()) if _ISO.fullmatch(each)]
        if self._now is None or dates != [value]:
            return value
        found = [each.when for each in find(self._said, self._now(), language=self._language) if each.when]
        when = found[0].candidates[0] if len(found) == 1 else None  # likely, where the LLM's is surely wrong
        if when is None or when.end or when.rrule or not (when.has_time or when.grain == "day"):
            return value
        return f"{when.start:%Y-%m-%d}{value[10:]}"

    def _timed(self, value: str) -> str:
        said, written = list(_SAID_TIME.finditer(self._digits)), list(_TIME.finditer(value))
        if len(said) != 1 or len(written) != 1 or (_UNIVERSAL.search(value) and not _ZONES.search(self._said)):
            return value
        hour, minute, half, late, then = said[0].groups()
        at = int(late) if late else int(hour) % 12 + 12 * (half.lower() == "p")
        return _TIME.sub(f"{at:02}:{int(then or minute or 0):02}", value)

    def signed(self, name: str, value: float) -> float:
        """A number with the sign that was said: "minus five", and "119.5 W" of a longitude."""
        number = rf"{re.escape(f'{value:.12g}')}(?![\d.]*\d)"
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
