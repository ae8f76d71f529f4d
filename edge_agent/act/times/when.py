"""When: what was said of time, once it is known which time is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Grain = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
"""How finely a time was said."""


@dataclass(frozen=True, slots=True)
class When:
    """A time, or a range of it."""

    start: datetime
    """Aware, in the zone of the `now` that it was asked with. A day alone is its midnight."""
    end: datetime | None = None
    """The end of a range; exclusive for days and what is coarser."""
    grain: Grain = "minute"
    rrule: str | None = None
    """The RRULE of RFC 5545 of what repeats; `start` is the first time."""

    @property
    def has_time(self) -> bool:
        """Whether a time of day was said."""
        return self.grain in ("second", "minute", "hour")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a phrase can mean."""

    candidates: tuple[When, ...]
    """Most likely first, at least one."""
    ask: bool = False
    """People mean different things by this: ask which."""


@dataclass(frozen=True, slots=True)
class Found:
    """A time or a duration in running text: text[first:last]."""

    first: int
    last: int
    kind: Literal["when", "duration"]
    when: Resolved | None
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class Context:
    """What decides between meanings, besides the words."""

    hours: tuple[int, int] | None = None
    """The hours that are meant where neither am nor pm is said, 0 to 24: opening hours, say."""
    country: str | None = None
    """ISO 3166 code of the owner's country, for its holidays and the order of 3/4; None: the usual ones only."""
    past: bool = False
    """The nearest past is meant rather than the future."""


@dataclass(frozen=True, slots=True)
class View:
    """What a phrase is seen from: now, and the context."""

    now: datetime
    context: Context
