"""Timing: a date and a time of day, of which either may be missing -> the times that are meant, seen from now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from edge_agent.act.times.almanac import DAY, Period, both, is_after
from edge_agent.act.times.clocks import ClockRange, ClockTime, PartOfDay, told_apart
from edge_agent.act.times.dates import SaidDate
from edge_agent.act.times.days import Choice
from edge_agent.act.times.when import Grain, Resolved, View, When

NIGHT = range(0, 6)
"""Hours at which nobody is likely to mean the nearest "four o'clock"."""
MOST = 4
"""So many candidates are offered."""

Slot = tuple[int, int | None]
"""Minutes after midnight of a beginning and of an end."""


def whens(
    view: View, said: SaidDate | None, clock: ClockTime | ClockRange | None, part: PartOfDay | None
) -> Resolved | None:
    """The times that a date and a time of day mean together; None if there is no such time."""
    choice = said.choose(view) if said else None
    if choice and not choice.periods:
        return None
    slots, grain = slots_of(clock, part)
    if choice and not slots:
        return _resolved([period.when(view.now) for period in choice.periods], choice.ask)
    found = _on_days(view, choice, slots, grain) if choice else _nearest(view, slots, grain)
    seconds = timedelta(seconds=clock.second) if isinstance(clock, ClockTime) and clock.second else None
    if found and seconds:
        return replace(found, candidates=tuple(replace(each, start=each.start + seconds) for each in found.candidates))
    return found


def slots_of(time_said: ClockTime | ClockRange | None, part: PartOfDay | None) -> tuple[list[Slot], Grain]:
    """What a time of day can mean, morning first."""
    if isinstance(time_said, ClockRange):
        first, last = told_apart(time_said)
        ends = part.minutes(last) if part else last.minutes
        starts = part.minutes(first) if part else first.minutes
        return [(start, _end_of(start, ends)) for start in starts], "minute"
    if time_said:
        found = part.minutes(time_said) if part else time_said.minutes
        return [(minutes, None) for minutes in found], "minute" if time_said.second is None else "second"
    if part:
        return [(part.hours[0] * 60, part.hours[1] * 60)], "hour"
    return [], "minute"


def _end_of(start: int, ends: Iterable[int]) -> int:
    """The next of these times of day behind the beginning."""
    return min((end if end > start else end + 1440) for end in ends)


def times_of(day: date, slot: Slot, now: datetime, grain: Grain) -> list[When]:
    """That slot of that day; two where the clocks are set back over it."""
    start, end = slot
    starts = both(*_moment(day, start), now)
    ends = both(*_moment(day, end), now)[-1] if end is not None else None
    return [When(each, ends, grain) for each in starts]


def _moment(day: date, minutes: int) -> tuple[date, time]:
    days, rest = divmod(minutes, 1440)
    return day + timedelta(days=days), time(rest // 60, rest % 60)


def _nearest(view: View, slots: list[Slot], grain: Grain) -> Resolved | None:
    """The nearest time from now on, or the last one for the past; then the other half of the day."""
    past, today = view.context.past, view.now.date()
    found = []
    for slot in slots:
        times = [each for days in (-2, -1, 0, 1, 2) for each in times_of(today + days * DAY, slot, view.now, grain)]
        fitting = [each for each in times if is_after(each.start, view.now) != past]
        if fitting:
            found.append(fitting[-1] if past else fitting[0])
    found.sort(key=lambda each: abs(each.start.astimezone(UTC) - view.now))
    if len(found) > 1 and all(each.end for each in found):  # "nine to five" is by day, wherever we stand
        found.sort(key=lambda each: not 7 <= each.start.hour < 19)
    found, decided = _by_hours(view, found)
    if not found:
        return None
    is_night = found[0].start.hour in NIGHT and len({each.start.hour % 12 for each in found}) == 1
    return _resolved(found, len(found) > 1 and not decided and is_night)


def _on_days(view: View, choice: Choice, slots: list[Slot], grain: Grain) -> Resolved | None:
    """The time on each of the days. Of two halves of the day the one that has gone by is left out; else it is asked."""
    found: list[When] = []
    undecided = False
    for period in choice.periods[:2]:
        times = [each for slot in slots for each in _on_day(view, period, slot, grain)]
        if len(times) > 1 and not view.context.past:
            times = [each for each in times if is_after(each.start, view.now)] or times
        times.sort(key=lambda each: not _is_awake(each.start, period))
        times, decided = _by_hours(view, times)
        undecided |= len(times) > 1 and not decided and not _is_noon(times)
        found += times
    if choice.ask and period_is_today(choice, view):  # "friday at four", said on a Friday before four
        found.sort(key=lambda each: (is_after(view.now, each.start), each.start))
    return _resolved(found, choice.ask or undecided)


def _on_day(view: View, period: Period, slot: Slot, grain: Grain) -> list[When]:
    """The slot on the period's first day. "Tonight at one" is before the next dawn, "friday at midnight" either end."""
    times = times_of(period.first, slot, view.now, grain)
    if slot[0] > 1440 and period.first == view.now.date() and view.now.hour < 6:
        return times_of(period.first - DAY, slot, view.now, grain)
    if slot == (1440, None) and period.first != view.now.date():
        times += times_of(period.first, (0, None), view.now, grain)
    return times


def period_is_today(choice: Choice, view: View) -> bool:
    """Whether one of its meanings is today."""
    return any(period.first == view.now.date() for period in choice.periods)


def _is_awake(start: datetime, period: Period) -> bool:
    """Whether it is more likely meant than twelve hours later or earlier: from seven to seven, and the day's end."""
    return 7 <= start.hour < 19 or start.date() > period.first


def _is_noon(times: list[When]) -> bool:
    """Whether it is noon and midnight of one day; noon is meant. Or one time that comes twice."""
    is_one_day = all(each.start.date() == times[0].start.date() for each in times)
    return is_one_day and {each.start.hour for each in times} in ({0, 12}, {times[0].start.hour})


def _by_hours(view: View, found: list[When]) -> tuple[list[When], bool]:
    """Those within the hours of the context first, and whether these decided."""
    if not view.context.hours or len(found) < 2:
        return found, False
    first, last = view.context.hours
    inside = [each for each in found if first <= each.start.hour + each.start.minute / 60 <= last]
    return inside + [each for each in found if each not in inside], len(inside) == 1


def _resolved(found: list[When], ask: bool) -> Resolved | None:
    apart = {(each.start.astimezone(UTC), each.end, each.grain): each for each in reversed(found)}
    candidates = tuple(reversed(apart.values()))[:MOST]
    return Resolved(candidates, ask and len(candidates) > 1) if candidates else None
