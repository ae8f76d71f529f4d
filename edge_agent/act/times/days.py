"""Days: which days a date can mean, seen from now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Literal

from edge_agent.act.times.almanac import (
    DAY,
    Period,
    add_months,
    day_of,
    monday,
    month_of,
    nth_weekday,
    on_or_after,
    year_of,
)
from edge_agent.act.times.when import View

Lean = Literal["this", "next", "last", "coming"]
Beside = Literal["inside", "week", "next"]
"""A weekday beside a date is inside of it ("next week"), in its week ("in two weeks"), or the next one from there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a date can mean: most likely first. Empty: there is no such day."""

    periods: tuple[Period, ...]
    ask: bool = False

    def map(self, change: Callable[[Period], Period | None]) -> Choice:
        """Each period changed; those that come to nothing, or twice, are left out."""
        return Choice(tuple(dict.fromkeys(new for each in self.periods if (new := change(each)))), self.ask)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A date that is reckoned from now."""

    choose: Callable[[View], Choice]
    weekday: Beside = "inside"
    """The one that a weekday said beside it means."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A date by what was said of it; what was not said is looked for near now."""

    weekday: int | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    lean: Lean | None = None

    def choose(self, view: View) -> Choice:
        """The days that it can mean."""
        today, past = view.now.date(), (view.context.past and self.lean is None) or self.lean == "last"
        if self.day is None and self.month is None and self.year is None:
            return weekdays(self.weekday or 0, today, self.lean, past=past)
        if self.day is None:
            return self._periods(today, past=past)
        if self.month and self.year:
            return self._checked([day for day in [_date(self.year, self.month, self.day)] if day])
        near = _nearest(self._days(today), today, past=past)
        if self.weekday is not None:
            found = _by_weekday(near, self._days(today), today, past=past)
            return self._or_without_weekday(found, view)
        if self.month is None and near and near[0] == today and self.lean is None:
            return Choice(tuple(map(day_of, near)), ask=True)
        return Choice(tuple(map(day_of, near)))

    def _or_without_weekday(self, found: Choice, view: View) -> Choice:
        """A date whose weekday is right in none of the next and last twelve months, of a day alone in none of the next
        and last two: the weekday may be wrong."""
        today, near = view.now.date(), timedelta(days=62 if self.month is None else 366)
        if self.day is None or any(abs(period.first - today) < near for period in found.periods):
            return found
        plain = replace(self, weekday=None).choose(view).periods[:1]
        return Choice((*plain, *found.periods[:1]), ask=True)

    def _checked(self, days: list[date]) -> Choice:
        """The day itself; where it is another weekday than was said, that is asked."""
        wrong = self.weekday is not None and any(day.weekday() != self.weekday for day in days)
        return Choice(tuple(map(day_of, days)), ask=wrong)

    def _days(self, today: date) -> Iterator[date]:
        """All such days within ten years around today, in order, whatever the weekday."""
        years = [self.year] if self.year else range(today.year - 9, today.year + 10)
        months = [self.month] if self.month else range(1, 13)
        days = (_date(year, month, self.day or 1) for year in years for month in months)
        return (day for day in days if day and (self.weekday is None or day.weekday() == self.weekday))

    def _periods(self, today: date, *, past: bool) -> Choice:
        """The month or the year; of the former, with a weekday, that weekday's first day."""
        if self.month is None:
            found = [year_of(date(self.year or today.year, 1, 1))]
        else:
            years = [self.year] if self.year else range(today.year - 1, today.year + 3)
            found = [month_of(date(year, self.month, 1)) for year in years]
        if not self.year:
            now = [period for period in found if period.first <= today < period.end]
            future = [period for period in found if period.first > today]
            gone = [period for period in found if period.end <= today][::-1]
            if self.lean == "next":
                is_near = future[0].first.year == today.year
                return self._inside(Choice(tuple(future[:2]), ask=is_near))
            found = (gone if past else (now or future) + gone)[:2]
        return self._inside(Choice(tuple(found)))

    def _inside(self, choice: Choice) -> Choice:
        return choice if self.weekday is None else within(choice, self.weekday)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(days: Iterable[date], today: date, *, past: bool) -> list[date]:
    """The next such day, the one after it, and the last one; the other way round for the past."""
    days = list(days)
    future = [day for day in days if day >= today]
    gone = [day for day in reversed(days) if day <= today]
    return (gone[:1] + future[:1] if past else future[:2] + [day for day in gone[:1] if day < today]) or days[:1]


def _by_weekday(near: list[date], days: Iterable[date], today: date, *, past: bool) -> Choice:
    """Days with the right weekday. One that has just been competes with one that is far off: that is asked."""
    found = sorted(days, key=lambda day: abs(day - today))[:3]
    if not found:
        return Choice(())
    gone, future = [d for d in found if d < today], [d for d in near if d >= today]
    if past or not future:
        return Choice(tuple(map(day_of, gone or found)))
    if gone and today - gone[0] < timedelta(days=31) and future[0] - today > timedelta(days=62):
        return Choice(tuple(map(day_of, dict.fromkeys([*gone[:1], *future[:1]]))), ask=True)
    return Choice(tuple(map(day_of, future[:1] + gone[:1])))


def weekdays(weekday: int, today: date, lean: Lean | None, *, past: bool) -> Choice:
    """The days that "friday", "this friday", "next friday" can be.

    "next saturday" is that of next week for some, and the next one for others; so it is with "last", and with "this"
    for a day of this week that is over; "tuesday", said on a Tuesday, is today or in a week. Where both differ, it is
    asked.
    """
    coming = on_or_after(today, weekday)
    of_this_week = monday(today) + timedelta(days=weekday)
    if past:
        gone = on_or_after(today - timedelta(days=7), weekday)
        of_last_week = of_this_week - timedelta(days=7)
        if lean == "last" and gone not in (of_last_week, today - timedelta(days=7)):
            return Choice((day_of(gone), day_of(of_last_week)), ask=True)
        return Choice(tuple(map(day_of, [gone] + [coming] * (coming == today))))
    if lean == "next":
        of_next_week, next_one = of_this_week + timedelta(days=7), on_or_after(today + DAY, weekday)
        found = tuple(map(day_of, dict.fromkeys([of_next_week, next_one])))
        return Choice(found, ask=len(found) > 1)
    if lean == "this":
        is_unsure = coming != of_this_week and today.weekday() < 5  # on a weekend it is that of the week to come
        return Choice(tuple(map(day_of, dict.fromkeys([coming, of_this_week]))), is_unsure)
    if coming == today:
        found = tuple(map(day_of, [coming + timedelta(days=7), coming]))
        return Choice(found[:1] if lean == "coming" else found, ask=lean is None)
    return Choice((day_of(coming),))


def within(choice: Choice, weekday: int) -> Choice:
    """That weekday of each period: the only one of a week, the first of a month."""
    return choice.map(lambda period: _of(nth_weekday(period.first, period.last, weekday, 1)))


def _of(day: date | None) -> Period | None:
    return day_of(day) if day else None


def combined(one: Fields | Reckoned, other: Fields | Reckoned) -> Fields | Reckoned | None:
    """A date that both halves tell of: "monday" and "the 5th", "wednesday" and "next week"; None if they do not fit."""
    if isinstance(one, Fields) and isinstance(other, Fields):
        return _merged(one, other)
    if isinstance(one, Fields):
        one, other = other, one
    return Reckoned(lambda view: _fitting(one, other, view))


def _merged(one: Fields, other: Fields) -> Fields | None:
    names = ("weekday", "day", "month", "year", "lean")
    if any(getattr(one, name) is not None and getattr(other, name) is not None for name in names):
        return None
    if one.month and not one.day and other.weekday is not None and not other.day:  # "march on sunday" is a walk
        return None
    return replace(one, **{name: value for name in names if (value := getattr(other, name)) is not None})


def _fitting(reckoned: Fields | Reckoned, other: Fields | Reckoned, view: View) -> Choice:
    """Those days of a reckoned date that fit the other one; where none does, both are offered, and it is asked."""
    choice = reckoned.choose(view)
    beside = reckoned.weekday if isinstance(reckoned, Reckoned) else "inside"
    if isinstance(other, Fields) and other.year is None:
        if other.weekday is not None and beside != "inside":
            weekday, is_week = other.weekday, beside == "week"
            return choice.map(
                lambda period: day_of(on_or_after(monday(period.first) if is_week else period.first, weekday))
            )
        found = choice.map(lambda period: _inside(period, other))
        if found.periods:
            return found
    days = {period.first for period in other.choose(view).periods}
    fitting = tuple(period for period in choice.periods if period.first in days)
    return Choice(fitting) if fitting else Choice((*other.choose(view).periods, *choice.periods), ask=True)


def _inside(period: Period, fields: Fields) -> Period | None:
    """The first day of the period that has that weekday, day and month; or that month of it."""
    days = (period.first + timedelta(days=number) for number in range((period.end - period.first).days))
    fitting = (
        day
        for day in days
        if fields.weekday in (None, day.weekday())
        and fields.day in (None, day.day)
        and fields.month in (None, day.month)
    )
    is_month = fields.day is None and fields.weekday is None  # "june next year"
    return next(map(month_of if is_month else day_of, islice(fitting, 1)), None)


def shifted(period: Period, unit: Period, count: int) -> Period:
    """The period of the same kind so many further; `unit` is the one that it is in."""
    if unit.grain in ("day", "week"):
        length = unit.end - unit.first
        return Period(period.first + count * length, period.end + count * length, period.grain)
    months = {"month": 1, "quarter": 3, "year": 12}[unit.grain]
    return Period(add_months(period.first, count * months), add_months(period.end, count * months), period.grain)
