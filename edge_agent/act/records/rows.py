"""Rows: what is kept, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge_agent.act.records.local import instant

BellKind = Literal["timer", "alarm", "reminder"]


@dataclass(frozen=True, slots=True)
class Timer:
    """Elapsed time that runs, or is paused. An alarm or a reminder that was snoozed is one too."""

    id: int
    kind: BellKind
    name: str
    """The user's name for it, or "". Of a reminder that was snoozed: its text."""
    seconds: float
    """The seconds that were asked for, with what was added since."""
    due: datetime | None
    """When it will ring by the wall clock, in UTC. None while it is paused."""
    left: float | None
    """Seconds that were left when it was paused. None while it runs."""

    @property
    def paused(self) -> bool:
        return self.due is None

    def left_s(self, now: datetime) -> float:
        """Seconds until it rings, or would if it ran on from `now`; 0 where it is due and has not rung yet."""
        return max(0.0, (self.due - now).total_seconds()) if self.due else self.left or 0.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """A time of the day by the owner's wall clock: once, or on days of the week."""

    id: int
    name: str
    hour: int
    minute: int
    days: frozenset[int]
    """0 is Monday. Empty: once."""
    next: datetime
    """When it rings next, by the wall clock; without a zone, as it moves with the owner."""

    def next_due(self, now: datetime) -> datetime:
        """The same as an instant, in UTC, for an owner in the zone of `now`; in the past if it has not rung yet."""
        return instant(self.next, now.tzinfo)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Words that are said to the owner at a time: once, or as `rrule` says."""

    id: int
    text: str
    next: datetime
    """When it is said next, by the owner's wall clock; without a zone."""
    rrule: str | None
    """How it repeats (RFC 5545, such as FREQ=WEEKLY;BYDAY=TU). None: once."""

    def next_due(self, now: datetime) -> datetime:
        """The same as an instant, in UTC, for an owner in the zone of `now`; in the past if it was not said yet."""
        return instant(self.next, now.tzinfo)


@dataclass(frozen=True, slots=True)
class Ring:
    """What is to be heard now: given out once."""

    id: int
    kind: BellKind
    text: str
    """The name of a timer or an alarm, or ""; the text of a reminder."""
    due: datetime
    """When it was due, in UTC. Of a repeat that was missed several times: the last of them."""
    missed: bool
    """Whether that was more than MISSED_S ago: it is announced, and does not ring."""
    seconds: float
    """How long the timer was. 0 for the others."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the user asked to be remembered, in the user's words."""

    id: int
    text: str
    at: datetime
    """When it was said, in UTC."""
