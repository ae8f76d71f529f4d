"""Settling: a wish and what is free -> one time, or the two that are offered, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from edge_agent.act.times.almanac import local
from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.conversation import CallState
from edge_agent.desk.file import Service
from edge_agent.desk.premises import Premises
from edge_agent.desk.wish import TimeWish

LOOKED_AT = 400
"""So many openings are looked at for a wish; after them nothing is free then."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a wish."""

    opening: FreeTime | None = None
    offers: tuple[FreeTime, ...] = ()
    said: str = ""
    """Why it is not as wished."""
    which: tuple[FreeTime, ...] = ()
    """The times that the words may mean, all of them free: which one is to be asked."""


def settle(conversation: CallState, premises: Premises) -> Settled:
    """What is free of what the caller would like."""
    wish, service = conversation.wish, premises.service_of(conversation)
    staff = conversation.text("staff") or None
    if wish.clocks and wish.days and all(first == last for first, last in wish.days):
        return _exactly(wish, service, staff, premises)
    found = _fitting(wish, service, staff, premises)
    if found:
        return Settled(offers=_spread(found, premises.agent.booking.offer))
    return _nothing(wish, service, staff, premises)


def more(conversation: CallState, premises: Premises, *, later: bool, another_day: bool = False) -> Settled:
    """Other times than those that were offered: later ones, or earlier ones."""
    service, staff = premises.service_of(conversation), conversation.text("staff") or None
    offered = conversation.offers
    wish = replace(conversation.wish, clocks=())
    if not offered:
        return settle(conversation, premises)
    if later:
        after = offered[-1].start
        wish = replace(wish, days=((after.date(), premises.openings.last_day),), is_unsure=False)
        limit = _midnight(after.date() + timedelta(days=1), premises) if another_day else after
        found = [
            each
            for each in _fitting(wish, service, staff, premises)
            if each.start > limit or (another_day and each.start >= limit)
        ]
        return Settled(
            offers=_spread(found, premises.agent.booking.offer), said="" if found else _say(premises, "nothing_later")
        )
    before = offered[0].start
    days = ((premises.now.date(), before.date()),)
    found = [each for each in _fitting(replace(wish, days=days), service, staff, premises) if each.start < before]
    nearest = tuple(found[-premises.agent.booking.offer :])
    return Settled(offers=nearest, said="" if found else _say(premises, "nothing_earlier"))


def earliest(conversation: CallState, premises: Premises) -> FreeTime | None:
    """The first opening that the wish allows."""
    service, staff = premises.service_of(conversation), conversation.text("staff") or None
    wish = replace(conversation.wish, clocks=())
    return next(iter(_fitting(wish, service, staff, premises, 1)), None)


def _exactly(wish: TimeWish, service: Service, staff: str | None, premises: Premises) -> Settled:
    """A day and a time of day, of either perhaps several."""
    wanted = [_at(day, minute, premises) for day, _ in wish.days for minute in wish.clocks]
    free = [opening for each in wanted if (opening := premises.openings.at(each, service, staff))]
    if len(wanted) > 1 and len(free) != 1:
        open_then = [each for each in wanted if premises.openings.may_begin(each, service, staff)]
        wanted = open_then or wanted
    if len(free) == 1 and not (wish.is_unsure and len({each.date() for each in wanted}) > 1):
        return Settled(opening=free[0])
    if len(free) > 1 or (free and wish.is_unsure):
        return Settled(which=tuple(free)) if len(free) > 1 else Settled(opening=free[0])
    opens, closes = premises.hours
    near = min(wanted, key=lambda each: (not opens <= each.hour * 60 + each.minute < closes, each))
    said = _why(near, service, staff, premises)
    nearest = _alike(near, service, staff, premises) or _near(near, service, staff, premises)
    return Settled(offers=nearest, said=said)


def _alike(wanted: datetime, service: Service, staff: str | None, premises: Premises) -> tuple[FreeTime, ...]:
    """The same time of a day that sounds alike, where the one that was heard is no day to come to at all."""
    if premises.openings.on(wanted.date(), service, staff):
        return ()
    for pair in premises.phrases.values["misheard"]["alike"]:
        days = [int(re.sub(r"\D", "", each)) for each in pair]
        if wanted.day in days:
            other = days[1 - days.index(wanted.day)]
            found = premises.openings.at(wanted.replace(day=other), service, staff) if other < 29 else None
            return (found,) if found else ()
    return ()


def _near(wanted: datetime, service: Service, staff: str | None, premises: Premises) -> tuple[FreeTime, ...]:
    """The nearest openings: of that day by the clock, else of the days that follow about that time."""
    count = premises.agent.booking.offer
    of_day = premises.openings.on(wanted.date(), service, staff)
    if of_day:
        nearest = sorted(of_day, key=lambda each: abs(each.start - wanted))[:count]
        return tuple(sorted(nearest, key=lambda each: each.start))
    following = list(islice(premises.openings.from_day(wanted.date(), service, staff), LOOKED_AT))
    if not following:
        before = _fitting(TimeWish(), service, staff, premises)
        return tuple(before[-count:])
    return _spread(following, count)


def _why(wanted: datetime, service: Service, staff: str | None, premises: Premises) -> str:
    """Why there is nothing at that time."""
    phrases, booking, now = premises.phrases, premises.agent.booking, premises.now
    day = phrases.day(wanted.date(), now)
    if wanted <= now:
        return _say(premises, "past", when=phrases.moment(wanted, now))
    if wanted.date() > premises.openings.last_day:
        return _say(premises, "too_far", day=day)
    if premises.openings.is_closed(wanted.date()):
        return _say(premises, "full_day" if booking.slots else "closed", day=day)
    if wanted < now + booking.notice:
        return _say(premises, "too_soon", when=phrases.moment(wanted, now))
    if not premises.openings.may_begin(wanted, service, staff):
        return _say(premises, "outside", clock=phrases.clock(wanted), day=day)
    return _say(premises, "taken", when=phrases.moment(wanted, now))


def _nothing(wish: TimeWish, service: Service, staff: str | None, premises: Premises) -> Settled:
    """Nothing fits a wish that is no single time: why, and what there is instead."""
    day = wish.one_day
    first = wish.days[0][0] if wish.days else premises.now.date()
    if day and day < premises.now.date():
        said = _say(premises, "past", when=premises.phrases.day(day, premises.now))
    elif first > premises.openings.last_day:
        said = _say(premises, "too_far", day=premises.phrases.day(first, premises.now))
    elif day and premises.openings.is_closed(day) and not premises.agent.booking.slots:
        said = _say(premises, "closed", day=premises.phrases.day(day, premises.now))
    elif day and not wish.clocks and not wish.spans:
        said = _say(premises, "full_day", day=premises.phrases.day(day, premises.now))
    else:
        said = _say(premises, "nothing")
    others = replace(wish, days=((first, premises.openings.last_day),), clocks=())
    found = _fitting(others, service, staff, premises) or _fitting(replace(others, spans=()), service, staff, premises)
    found = found or _fitting(TimeWish(), service, staff, premises)
    return Settled(offers=_spread(found, premises.agent.booking.offer), said=said)


def _fitting(
    wish: TimeWish, service: Service, staff: str | None, premises: Premises, most: int = LOOKED_AT
) -> list[FreeTime]:
    """The openings that a wish allows, in their order."""
    found: list[FreeTime] = []
    days = wish.days or ((premises.now.date(), premises.openings.last_day),)
    for first, last in sorted(days):
        day = max(first, premises.now.date())
        while day <= min(last, premises.openings.last_day) and len(found) < most:
            found += [each for each in premises.openings.on(day, service, staff) if wish.allows(each.start)]
            if len({each.start.date() for each in found}) > 3:
                return found
            day += timedelta(days=1)
    return found


def _spread(found: Iterable[FreeTime], count: int) -> tuple[FreeTime, ...]:
    """A few of them: the first, and then one of another part of the day or another day, if there is."""
    chosen: list[FreeTime] = []
    rest = list(found)
    for each in rest:
        if len(chosen) < count and (not chosen or each.start - chosen[-1].start >= timedelta(minutes=90)):
            chosen.append(each)
    chosen += [each for each in rest if each not in chosen][: count - len(chosen)]
    return tuple(sorted(chosen, key=lambda each: each.start))


def _at(day: date, minute: int, premises: Premises) -> datetime:
    return local(day, time(minute // 60, minute % 60), premises.now)


def _midnight(day: date, premises: Premises) -> datetime:
    return local(day, time(), premises.now)


def _say(premises: Premises, name: str, **fields: object) -> str:
    return premises.phrases.say(name, **fields)
