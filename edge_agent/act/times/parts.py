"""Parts: what of a time a phrase has told so far, and what that means once the phrase is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

from edge_agent.act.times.almanac import DAY, Amount, elapsed, is_after
from edge_agent.act.times.clocks import ClockRange, ClockTime, PartOfDay
from edge_agent.act.times.dates import SaidDate
from edge_agent.act.times.days import Fields, combined
from edge_agent.act.times.repeats import Recurrence, until_end
from edge_agent.act.times.timing import Slot, slots_of, times_of, whens
from edge_agent.act.times.when import Grain, Resolved, View, When

Moment = Callable[[View], Resolved | None]
"""A time that needs nothing more: "in ten minutes"."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What was said of one time. What was not said is None."""

    date: SaidDate | None = None
    clock: ClockTime | ClockRange | None = None
    part: PartOfDay | None = None
    edge: str | None = None
    """"early" or "late", apart from the part of the day: "late tomorrow afternoon"."""
    zone: str | None = None
    repeat: Recurrence | None = None
    until: SaidDate | None = None
    moment: Moment | None = None
    length: Amount | None = None
    is_strong: bool = False
    """Whether it is a time also in running text."""

    def with_more(self, more: Parts) -> Parts | None:
        """Both together; None if they do not fit, as two times of day do not."""
        if self.moment or more.moment:
            return None if self != Parts() and more != Parts() else (more if more.moment else self)
        date = self.date or more.date
        if self.date and more.date:
            date = combined(self.date, more.date)
            if date is None:
                return None
        if self.repeat and more.repeat and (repeat := self.repeat.with_more(more.repeat)):
            return replace(self, repeat=None).with_more(replace(more, repeat=repeat))
        names = ("clock", "part", "edge", "zone", "repeat", "until", "length")
        if any(getattr(self, name) and getattr(more, name) for name in names):
            return None
        values = {name: getattr(self, name) or getattr(more, name) for name in names}
        return Parts(date, is_strong=self.is_strong or more.is_strong, **values)

    def repaired(self, better: Parts) -> Parts:
        """This, with what was said instead: "tomorrow at five, no, six" is tomorrow at six."""
        if better.moment or self.moment:
            return replace(better, is_strong=True)
        date = better.date or self.date
        if isinstance(self.date, Fields) and isinstance(better.date, Fields) and better.date.weekday is None:
            date = replace(
                better.date, month=better.date.month or self.date.month, year=better.date.year or self.date.year
            )
        clock, old = better.clock or self.clock, self.clock
        if isinstance(better.clock, ClockTime) and isinstance(old, ClockTime) and len(better.clock.minutes) == 2:
            clock = replace(better.clock, half=old.half)
        return replace(
            self,
            date=date,
            clock=clock,
            part=better.part or self.part,
            zone=better.zone or self.zone,
            repeat=better.repeat or self.repeat,
            is_strong=True,
        )

    def resolved(self, view: View) -> Resolved | None:
        """The times that are meant."""
        if self.zone:
            there = replace(view, now=view.now.astimezone(zone_named(self.zone)))
            return _in_zone(replace(self, zone=None).resolved(there), view.now)
        if self.moment:
            return self.moment(view)
        if self.edge:
            part = self.part or PartOfDay("morning" if self.edge == "early" else "evening")
            return replace(self, part=replace(part, edge=self.edge), edge=None).resolved(view)
        if self.repeat:
            return _repeating(self, view)
        if self.until and not (self.date or self.clock or self.part):
            return whens(view, self.until, None, None)
        found = whens(view, self.date, self.clock, self.part)
        if found and self.length and self.clock:
            seconds = self.length.elapsed.total_seconds()
            return replace(
                found, candidates=tuple(replace(each, end=elapsed(each.start, seconds)) for each in found.candidates)
            )
        return found


def zone_named(name: str) -> timezone | ZoneInfo:
    """The zone of a name of the database, or of hours ahead of UTC: "+5:30"."""
    if name[0] not in "+-":
        return ZoneInfo(name)
    hours, _, minutes = name[1:].partition(":")
    return timezone((1 if name[0] == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes or 0)))


def _in_zone(found: Resolved | None, now: datetime) -> Resolved | None:
    if found is None:
        return None
    moved = (
        replace(
            each,
            start=each.start.astimezone(now.tzinfo),
            end=each.end.astimezone(now.tzinfo) if each.end else None,
        )
        for each in found.candidates
    )
    return replace(found, candidates=tuple(moved))


def _repeating(parts: Parts, view: View) -> Resolved | None:
    """The first times of what repeats: from the date that is said, else from now on."""
    repeat = parts.repeat
    assert repeat is not None
    if isinstance(parts.date, Fields) and (narrowed := repeat.on(parts.date)):
        parts, repeat = replace(parts, date=None), narrowed
    until = None
    if parts.until and (periods := parts.until.choose(view).periods):
        until = until_end(periods[0].last, view.now)
    repeats = [repeat, repeat.other] if repeat.other else [repeat]
    found = [each for one in repeats for each in _first_times(one, parts, view, until)]
    decided = len(repeats) == 1 and _by_hours(found, view)
    if not found:
        return None
    ordered = sorted(found, key=lambda each: not (view.context.hours and _inside(each, view)))
    return Resolved(tuple(ordered), ask=len(found) > 1 and not decided)


def _inside(each: When, view: View) -> bool:
    first, last = view.context.hours or (0, 24)
    return first <= each.start.hour + each.start.minute / 60 <= last


def _by_hours(found: list[When], view: View) -> bool:
    return view.context.hours is not None and sum(_inside(each, view) for each in found) == 1


def _first_times(repeat: Recurrence, parts: Parts, view: View, until: datetime | None) -> list[When]:
    """The first time of each slot that the time of day can mean; the likelier half of the day first."""
    first = view.now.date()
    if parts.date:
        periods = parts.date.choose(view).periods
        if not periods:
            return []
        first = periods[0].first
    if repeat.seconds and not (parts.date or parts.clock):
        return [When(elapsed(view.now, repeat.seconds), None, "minute", repeat.rule(until))]
    slots, grain = slots_of(parts.clock, parts.part or repeat.part)
    if not slots:
        begin = first if repeat.weekdays or repeat.day or parts.date else first + DAY
        found = [times_of(day, (0, None), view.now, "day")[0] for day in islice(repeat.days_from(begin), 1)]
    else:
        found = [time for slot in slots for time in islice(_ahead(repeat, slot, first, view, grain), 1)]
    found.sort(key=lambda each: not 7 <= each.start.hour < 19)
    return [replace(each, rrule=repeat.rule(until)) for each in found]


def _ahead(repeat: Recurrence, slot: Slot, first: date, view: View, grain: Grain) -> Iterator[When]:
    """The times of a slot on the days that repeat, from that day and from now on."""
    times = (times_of(day, slot, view.now, grain)[0] for day in repeat.days_from(first))
    return (each for each in times if is_after(each.start, view.now))
