"""Local: times of the owner's wall clock, and the instants that they are; nights on which the clock is changed too.

A time that is left out (the hour that is skipped in spring) is the first minute that exists after it. A time that
comes twice (the hour that is repeated in autumn) is the first of the two, unless its `fold` says the second.

Instants are in UTC: Python compares two times of one zone by what its clock shows, and takes the second half past two
of that night for the first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

MINUTE = timedelta(minutes=1)
USUAL = re.compile(
    r"(RRULE:)?FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;(INTERVAL=[1-9]\d{0,3}|(?!INTERVAL|FREQ)[A-Z]+=[-+\w,]+))*"
)
"""Rules that are read: on one line, every hour at most. With an interval of 0 dateutil would look for ever."""
LONGEST_GAP = 24 * 60 + 1
"""Minutes: a country that changes sides of the date line leaves out a day (Samoa, 2011-12-30)."""


def instant(local: datetime, zone: tzinfo | None) -> datetime:
    """The instant at which a clock in `zone` shows `local`, which has no zone. In UTC."""
    if exists(local, zone):
        return local.replace(tzinfo=zone).astimezone(UTC)
    later = local.replace(second=0, microsecond=0, fold=0)
    for _ in range(LONGEST_GAP):
        later += MINUTE
        if exists(later, zone):
            break
    return later.replace(tzinfo=zone).astimezone(UTC)


def exists(local: datetime, zone: tzinfo | None) -> bool:
    """Whether a clock in `zone` ever shows `local`."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local


def local_of(at: datetime, zone: tzinfo | None) -> datetime:
    """What a clock in `zone` shows at an instant; without the zone. A time that is left out stays as it was asked."""
    return (at if at.tzinfo is zone else at.astimezone(zone)).replace(tzinfo=None)


class Repetition(Protocol):
    """Times of a wall clock that come again."""

    def after(self, local: datetime) -> datetime | None:
        """The first that is later than `local`. None: there is none."""

    def before(self, local: datetime) -> datetime | None:
        """The last that is not later than `local`. None: there is none."""


def following(repeat: Repetition, at: datetime) -> datetime | None:
    """The first of the local times whose instant is later than `at`, in the zone of that. None: there is none."""
    found = repeat.after(local_of(at, at.tzinfo).replace(fold=0))
    while found and instant(found, at.tzinfo) <= at:
        found = repeat.after(found)
    return found


def latest(repeat: Repetition, at: datetime) -> datetime | None:
    """The last of the local times whose instant is not later than `at`, in the zone of that. None: there is none."""
    found = repeat.before(local_of(at, at.tzinfo).replace(fold=0))
    while found and instant(found, at.tzinfo) > at:
        found = repeat.before(found - timedelta(microseconds=1))
    return found


class Weekly:
    """The same time of the day on days of the week, of which there is one at least; 0 is Monday."""

    def __init__(self, hour: int, minute: int, days: frozenset[int]) -> None:
        self._hour, self._minute, self._days = hour, minute, days

    def after(self, local: datetime) -> datetime:
        return next(each for each in self._around(local, 1) if each > local)

    def before(self, local: datetime) -> datetime:
        return next(each for each in self._around(local, -1) if each <= local)

    def _around(self, local: datetime, step: int) -> list[datetime]:
        first = datetime(local.year, local.month, local.day, self._hour, self._minute)
        return [day for number in range(8) if (day := first + timedelta(number * step)).weekday() in self._days]


class RRule:
    """What an RRULE says of the times from `start` on. Raises ValueError for a rule that cannot be read."""

    def __init__(self, rrule: str, start: datetime) -> None:
        from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

        if not USUAL.fullmatch(rrule):
            raise ValueError("every hour, day, week, month or year")
        self._rule = rrulestr(rrule, dtstart=start.replace(fold=0))

    def after(self, local: datetime) -> datetime | None:
        return _naive(self._rule.after(local))

    def before(self, local: datetime) -> datetime | None:
        return _naive(self._rule.before(local, inc=True))


def _naive(found: datetime | None) -> datetime | None:
    return found if found is None else found.replace(tzinfo=None)
