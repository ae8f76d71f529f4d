"""Wish: the days and times of day that a caller would like, as far as they are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

Days = tuple[date, date]
"""The first and the last day."""
Span = tuple[int, int]
"""Minutes after midnight: the earliest beginning, and the one from which on it is too late."""


@dataclass(frozen=True, slots=True)
class TimeWish:
    """What is not known is empty. Several days or clocks are what the same words may mean."""

    days: tuple[Days, ...] = ()
    clocks: tuple[int, ...] = ()
    """Minutes after midnight."""
    spans: tuple[Span, ...] = ()
    """The parts of the day it may begin in; not beside `clocks`."""
    is_unsure: bool = False
    """Whether people mean different days by the words."""

    without: tuple[date, ...] = ()
    """Days on which it cannot be."""

    @staticmethod
    def on(day: date) -> TimeWish:
        """Any time of a day."""
        return TimeWish(((day, day),))

    @staticmethod
    def at(moment: datetime) -> TimeWish:
        """A moment, by its wall clock."""
        return replace(TimeWish.on(moment.date()), clocks=(minute_of(moment),))

    def __bool__(self) -> bool:
        return bool(self.days or self.clocks or self.spans or self.without)

    def with_more(self, more: TimeWish) -> TimeWish:
        """This, with what was said later: a day leaves the time, a time leaves the day."""
        found = replace(self, days=more.days, is_unsure=more.is_unsure) if more.days else self
        days = [each for each in dict.fromkeys((*self.without, *more.without)) if (each, each) not in more.days]
        found = replace(
            found,
            without=tuple(days),
            days=tuple(each for each in found.days if each[0] != each[1] or each[0] not in days),
        )
        if more.clocks:
            return replace(found, clocks=_in_span(more.clocks, self.spans), spans=())
        return replace(found, spans=more.spans, clocks=()) if more.spans else found

    def allows_day(self, day: date) -> bool:
        if day in self.without:
            return False
        return not self.days or any(first <= day <= last for first, last in self.days)

    def allows(self, start: datetime) -> bool:
        """Whether that time is one of those."""
        minute = minute_of(start)
        if self.clocks and minute not in self.clocks:
            return False
        return self.allows_day(start.date()) and (
            not self.spans or any(first <= minute < last for first, last in self.spans)
        )

    @property
    def one_day(self) -> date | None:
        """The day, where there is one."""
        return self.days[0][0] if len(self.days) == 1 and self.days[0][0] == self.days[0][1] else None

    def to_json(self) -> dict[str, Any]:
        return {
            "days": [[first.isoformat(), last.isoformat()] for first, last in self.days],
            "clocks": [f"{each // 60:02d}:{each % 60:02d}" for each in self.clocks],
            "spans": [list(each) for each in self.spans],
            "unsure": self.is_unsure,
            "without": [each.isoformat() for each in self.without],
        }

    @staticmethod
    def from_json(values: dict[str, Any]) -> TimeWish:
        return TimeWish(
            tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in values["days"]),
            tuple(int(each[:2]) * 60 + int(each[3:]) for each in values["clocks"]),
            tuple((first, last) for first, last in values["spans"]),
            values["unsure"],
            tuple(date.fromisoformat(each) for each in values.get("without", ())),
        )


def minute_of(moment: datetime) -> int:
    """The minutes after midnight."""
    return moment.hour * 60 + moment.minute


def _in_span(clocks: tuple[int, ...], spans: tuple[Span, ...]) -> tuple[int, ...]:
    """Those of several clocks that lie in the part of the day that was said before; all, where none does."""
    if len(clocks) == 1:
        return clocks
    inside = tuple(each for each in clocks if any(first <= each < last for first, last in spans))
    return inside or clocks
