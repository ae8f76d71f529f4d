"""Moments: times that are reckoned from now or from another time: "in ten minutes", "an hour before noon"."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta

from edge_agent.act.times.almanac import GRAINS, Amount, Period, add, elapsed, local
from edge_agent.act.times.dates import SaidDate
from edge_agent.act.times.days import Choice, Fields, Reckoned
from edge_agent.act.times.parts import Parts
from edge_agent.act.times.when import Resolved, View, When


def reckoned_from_now(amount: Amount, view: View) -> Resolved | None:
    """So long from now: days by the calendar, hours as they elapse."""
    return Resolved((When(later(view, amount), None, "second" if amount.grain == "second" else "minute"),))


def later(view: View, amount: Amount) -> datetime:
    """The moment so long after now: days and months at the same time of day, then hours as they elapse."""
    now = view.now
    if amount.months or amount.days:
        now = local(add(now.date(), amount), now.time(), now)
    return elapsed(now, amount.seconds)


def same_time(said: SaidDate, view: View) -> Resolved | None:
    """ "this time tomorrow"."""
    choice = said.choose(view)
    today = view.now.date()
    times = tuple(When(local(_day_like(today, period), view.now.time(), view.now)) for period in choice.periods)
    return Resolved(times, choice.ask) if times else None


def _day_like(today: date, period: Period) -> date:
    """The day of a week, month or year that is in it as today is in this one."""
    first = period.first
    if period.grain == "week":
        return first + timedelta(days=(today.weekday() - first.weekday()) % 7)
    if period.grain in ("month", "year"):
        month = today.month if period.grain == "year" else first.month
        return date(first.year, month, min(today.day, monthrange(first.year, month)[1]))
    return first


def lasting(amount: Amount, past: bool, view: View) -> Resolved | None:
    """ "the next three hours", "the last ten minutes": from now on, or until now."""
    other = later(view, amount.times(-1 if past else 1))
    first, last = (other, view.now) if past else (view.now, other)
    return Resolved((When(first, last, amount.grain if GRAINS.index(amount.grain) < 3 else "minute"),))


def moved(parts: Parts, amount: Amount, view: View) -> Resolved | None:
    """ "an hour before noon": another time, so much later."""
    found = parts.resolved(view)
    if found is None:
        return None
    return replace(
        found,
        candidates=tuple(
            When(later(replace(view, now=each.start), amount), None, "minute") for each in found.candidates
        ),
    )


def between(first: Parts, last: Parts, view: View) -> Resolved | None:
    """The time from one to another, which is looked for from there on."""
    start = first.resolved(view)
    if start is None:
        return None
    begin = start.candidates[0]
    end = last.resolved(replace(view, now=begin.start))
    if end is None:
        return None
    until = end.candidates[0]
    return Resolved((When(begin.start, until.end or until.start, begin.grain),), start.ask)


def from_to(first: SaidDate, last: SaidDate) -> SaidDate:
    """The days from one to another; the month that only one of them has is that of both."""
    if isinstance(first, Fields) and isinstance(last, Fields):
        if first.month is None and first.day and last.month:
            first = replace(first, month=last.month, year=last.year)
        elif last.month is None and last.day and first.month:
            last = replace(last, month=first.month, year=first.year)
        elif first.year is None and last.year and first.month:
            first = replace(first, year=last.year)
    begin, end = first, last

    def choose(view: View) -> Choice:
        found = begin.choose(view)
        if not found.periods:
            return found
        start = found.periods[0]
        ends = end.choose(replace(view, now=local(start.first, view.now.time(), view.now))).periods
        fitting = [period for period in ends if period.first > start.first]
        return Choice((Period(start.first, fitting[0].end, start.grain),) if fitting else (), found.ask)

    return Reckoned(choose)
