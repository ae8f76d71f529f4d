"""Operators: what stands before a date and makes another of it: "the day after", "end of", "third tuesday of"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from edge_agent.act.times.almanac import (
    DAY,
    Amount,
    Period,
    add,
    day_of,
    nth_weekday,
    on_or_after,
    week_of,
    weekend_of,
)
from edge_agent.act.times.dates import INNER, ORDINAL, PERIODS, SaidDate, dates_at, feast_at, ordinal, stepped
from edge_agent.act.times.days import Beside, Choice, Reckoned
from edge_agent.act.times.durations import amount_at
from edge_agent.act.times.when import View

Change = Callable[[Period], Period | None]

_AFTER = re.compile(r"(?:the )?(?:next )?(Uday|Uweek|Umonth|Uyear|weekend) (after|before|from|past) ")
_NTH_AFTER = re.compile(rf"(?:the )?(?:{ORDINAL}|next )?W(\d|weekday) (after|before|past) ")
_NTH_OF = re.compile(
    rf"(?:the )?(?:{ORDINAL}|(last) )(W\d|Wweekday|Uday|Uweek|weekend|week_of) (?:(?:of |in |, )(?:the )?|(?=M))"
)
_EDGE = re.compile(r"(?:the )?(start|end|mid|week_of|(?:early|late)(?! (?:on )?[RWt])) (?:- )?(?:of )?(?:the )?")
_CLOSEST = re.compile(rf"(?:the )?(?:{ORDINAL})?closest W(\d) (?:to |after |before )")
_OFFSET = re.compile(r"(from|after|before|past|on)? ?")
_WEEKDAY_WEEK = re.compile(r"(?:Uweek) ")
_DEEP = 3
"""So many operators before a date at most: more are no speech, and would take long."""
_SHORT = {"eod": "Uday", "eom": "Umonth", "eoy": "Uyear"}


def said_at(line: str, place: int, feasts: tuple[str, ...], depth: int = 0) -> Iterator[tuple[int, SaidDate]]:
    """All dates that begin at that place of the tokens' line, and where each ends; behind so many operators."""
    for end, said in (*dates_at(line, place), *feast_at(line, place, feasts)):
        yield end, said
        if line.startswith("weekend ", end):  # "labor day weekend"
            yield end + 8, changed(said, lambda period: weekend_of(on_or_after(period.first - timedelta(days=3), 5)))
        if match := _WEEKDAY_WEEK.match(line, end):  # "friday week", "tomorrow week"
            yield match.end(), changed(said, lambda period: _moved(period, Amount(days=7, grain="week")))
    if depth:
        yield from dates_at(line, place, INNER)
    for name, unit in _SHORT.items():
        if line.startswith(f"{name} ", place):
            yield place + len(name) + 1, changed(stepped(unit, 0), _end)
    for end, change in _operators(line, place) if depth < _DEEP else ():
        for last, said in said_at(line, end, feasts, depth + 1):
            yield last, changed(said, change)
    if found := amount_at(line, place) if depth < _DEEP else None:
        for end, amount in _offset(line, *found):
            for last, said in said_at(line, end, feasts, depth + 1):
                yield last, changed(said, partial(_moved, amount=amount), _beside(amount))


def changed(said: SaidDate, change: Change, weekday: Beside = "inside") -> Reckoned:
    """The date with each of its meanings changed; `weekday`: which one is meant by a weekday beside it."""
    return Reckoned(lambda view: said.choose(view).map(change), weekday)


def _beside(amount: Amount) -> Beside:
    """What "on tuesday" is behind "in two weeks", that of the week, and behind "in two months", the next one."""
    return "week" if amount.grain == "week" else "next" if amount.months else "inside"


def _operators(line: str, place: int) -> Iterator[tuple[int, Change]]:
    if match := _AFTER.match(line, place):
        yield match.end(), _neighbour(match[1], -1 if match[2] == "before" else 1)
    if match := _NTH_AFTER.match(line, place):
        nth = ordinal(match[1], match[2]) if match[1] or match[2] else 1
        yield match.end(), _weekday_beside(match[3], nth * (-1 if match[4] == "before" else 1))
    if match := _NTH_OF.match(line, place):
        nth = -1 if match[3] else ordinal(match[1], match[2])
        yield match.end(), _nth_of(match[4], nth)
    if match := _EDGE.match(line, place):
        yield match.end(), _EDGES[match[1]]
    if match := _CLOSEST.match(line, place):
        yield match.end(), _closest(int(match[3]), ordinal(match[1], match[2]) or 1)


def _offset(line: str, end: int, amount: Amount) -> Iterator[tuple[int, Amount]]:
    """ "3 days from", "two weeks before", and of weeks also "a week on"."""
    match = _OFFSET.match(line, end)
    word = match[1] if match else None
    if amount.is_calendar and (word not in (None, "on") or (amount.grain == "week" and not amount.months)):
        signed = amount.times(-1 if word == "before" else 1)
        yield match.end() if match and word else end, signed


def _moved(period: Period, amount: Amount) -> Period | None:
    try:
        first = add(period.first, amount)
        return Period(first, first + (period.end - period.first), period.grain)
    except (ValueError, OverflowError):
        return None


def _closest(weekday: int, nth: int) -> Change:
    """ "the closest monday to", "the second closest"."""

    def change(period: Period) -> Period | None:
        around = on_or_after(period.first - timedelta(days=7 * nth), weekday)
        days = [around + timedelta(days=7 * weeks) for weeks in range(2 * nth + 1)]
        return day_of(sorted(days, key=lambda day: abs(day - period.first))[nth - 1]) if nth < 9 else None

    return change


def _neighbour(unit: str, step: int) -> Change:
    """ "the day after", "the week before"."""

    def change(period: Period) -> Period | None:
        if unit == "Uday":
            return day_of(period.end if step > 0 else period.first - DAY)
        here = PERIODS["Uweek" if unit == "weekend" else unit](period.last if step > 0 else period.first)
        beside = PERIODS[unit](here.end if step > 0 else here.first - DAY)
        if unit == "weekend" and step > 0 and period.last.weekday() < 5:
            return PERIODS[unit](period.last)
        return beside

    return change


def _weekday_beside(weekday: str, nth: int) -> Change:
    def change(period: Period) -> Period | None:
        if weekday == "weekday":
            day = period.end if nth > 0 else period.first - DAY
            while day.weekday() > 4:
                day += DAY * (1 if nth > 0 else -1)
            return day_of(day)
        if nth > 0:
            return day_of(on_or_after(period.end, int(weekday)) + timedelta(days=7 * (nth - 1)))
        return day_of(on_or_after(period.first - timedelta(days=7), int(weekday)) + timedelta(days=7 * (nth + 1)))

    return change


def _nth_of(unit: str, nth: int) -> Change:
    """ "the third tuesday of", "the last day of", "the first week of"."""

    def change(period: Period) -> Period | None:
        if period.grain in ("day",) or not nth:
            return None
        if unit == "Uday":
            day = period.first + timedelta(days=nth - 1) if nth > 0 else period.last
            return day_of(day) if period.first <= day <= period.last else None
        if unit == "Wweekday":
            days = (period.first + timedelta(days=n) for n in range((period.end - period.first).days))
            working = [day for day in days if day.weekday() < 5]
            return day_of(working[nth - 1 if nth > 0 else -1]) if len(working) >= nth else None
        if unit in (
            "Uweek",
            "week_of",
            "weekend",
        ):  # a week is of the month that has most of its days: as ISO 8601 counts
            middle = nth_weekday(period.first, period.last, 5 if unit == "weekend" else 3, nth)
            return PERIODS["weekend" if unit == "weekend" else "Uweek"](middle) if middle else None
        found = nth_weekday(period.first, period.last, int(unit[1]), nth)
        return day_of(found) if found else None

    return change


def _end(period: Period) -> Period | None:
    """The last day; of a week, the Friday: at its end people mean that of work; of a day its last second."""
    if period.grain == "day":
        return replace(period, is_over=True)
    return day_of(period.first + timedelta(days=4) if period.grain == "week" else period.last)


def _part(first: int, last: int | None) -> Change:
    """A part of a period, in thirtieths: "early june" is its first third."""

    def change(period: Period) -> Period | None:
        days = (period.end - period.first).days
        end = period.end if last is None else period.first + timedelta(days=max(1, days * last // 30))
        return Period(period.first + timedelta(days=days * first // 30), end) if days > 1 else None

    return change


def _middle(period: Period) -> Period | None:
    if period.grain == "month":
        return day_of(period.first + timedelta(days=14))
    return day_of(period.first + (period.end - period.first - DAY) / 2)


_EDGES: dict[str, Change] = {
    "start": lambda period: day_of(period.first) if period.grain != "day" else None,
    "end": _end,
    "mid": lambda period: _middle(period) if period.grain != "day" else None,
    "early": _part(0, 10),
    "late": _part(20, None),
    "week_of": lambda period: week_of(period.first),
}


def ahead(amount: Amount, *, past: bool) -> Reckoned:
    """ "in two months", "a week ago", of whole days."""

    def choose(view: View) -> Choice:
        period = _moved(day_of(view.now.date()), amount.times(-1 if past else 1))
        return Choice((period,) if period else ())

    return Reckoned(choose, _beside(amount))


def next_units(amount: Amount, lean: str, unit: str) -> Reckoned:
    """ "the next two days" begin tomorrow; "the next three weeks" with the next one; "the last two days" end today."""

    def choose(view: View) -> Choice:
        today = view.now.date()
        here = PERIODS["Uweek" if unit == "Ufortnight" else unit](today)
        try:
            if lean in ("last", "past"):
                return Choice((Period(add(here.first, amount.times(-1)), here.first),))
            found = Period(here.end, add(here.end, amount))
            day = day_of(add(today, amount))
        except (ValueError, OverflowError):
            return Choice(())
        # "the upcoming two days" are a length for some, and for others a day that is so far off
        return Choice((found, day), ask=True) if lean == "coming" else Choice((found,))

    return Reckoned(choose)
