"""Clock: time, date, day of the week, and how far away a day is."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import AGAIN, Plan
from edge_agent.act.skills.which_thing import time_told
from edge_agent.act.skills.which_time import words_of_time
from edge_agent.act.skills.which_zone import place_named, zone_of
from edge_agent.act.times import Context, find, resolve

if TYPE_CHECKING:
    from edge_agent.act.times import When


_AT = "at "
"""Begins the topic of a time of day elsewhere."""


def time_now(asked: Asked) -> Plan:
    """The time of day."""
    return Plan(asked.say("time", clock=asked.spoken.clock(asked.now)))


def time_in(asked: Asked) -> Plan | None:
    """The time of day elsewhere, from the time zone database of the machine."""
    place = asked.slot("place")
    if place.casefold() in asked.words["here"]:
        return time_now(asked)
    zone = zone_of(asked, place)
    if zone is None:
        is_place = not asked.slot("guess") or f" in {place}" in asked.understood.text
        return Plan(asked.say("no_place", place=place), vague=True) if is_place else None
    moment = _clock_there(asked, asked.now.astimezone(zone))
    return Plan(asked.say("time_in", moment=f"{moment}," if "," in moment else moment, place=place_named(asked, place)))


def time_then(asked: Asked) -> Plan | None:
    """The time of day after a length of time."""
    at = asked.when.start if asked.when else asked.now + timedelta(seconds=asked.seconds or 0)
    return Plan(asked.say("time_then", clock=_clock_there(asked, at))) if at > asked.now else None


def time_difference(asked: Asked) -> Plan | None:
    """How many hours one place is ahead of another, or of here."""
    here, there = _places(asked)
    if not here:
        here, there = there, here
    zones = [zone_of(asked, place) for place in (here, there)]
    unknown = next((place for place, zone in zip((here, there), zones, strict=True) if zone is None), None)
    if unknown is not None:
        return Plan(asked.say("no_place", place=unknown)) if asked.slot("sure") else None
    first, second = (asked.now.astimezone(zone).utcoffset() or timedelta() for zone in zones)
    other = place_named(asked, there)
    if first == second:
        return Plan(asked.say("same_time", place=place_named(asked, here), other=other))
    apart = asked.spoken.length(abs(first - second).total_seconds())
    return Plan(
        asked.say("ahead" if first > second else "behind", apart=apart, place=place_named(asked, here), other=other)
    )


def time_converted(asked: Asked) -> Plan | None:
    """A time of day in one place, as it is in another."""
    return _converted(asked, asked.when.start) if asked.when and asked.when.has_time else None


def _converted(asked: Asked, at: datetime) -> Plan | None:
    places = _places(asked)
    zones = [zone_of(asked, place) for place in places]
    if None in zones:
        return None
    said = at.replace(tzinfo=zones[0])
    clock = asked.spoken.clock(said)
    then = _clock_there(asked, said.astimezone(zones[1]), said)
    here, there = (
        asked.words["answers"]["in"].format(place=place_named(asked, each)) if each else place_named(asked, each)
        for each in places
    )
    return Plan(
        asked.say("converted", clock=clock, place=here, then=then, other=there),
        topic=f"{_AT}{at:%Y-%m-%dT%H:%M}|{places[0]}",
    )


def _places(asked: Asked) -> tuple[str, str]:
    """The two that were named; "" is here."""
    here, there = (asked.slot(name) for name in ("from", "to"))
    nearby = asked.words["here"]
    return "" if here.casefold() in nearby else here, "" if there.casefold() in nearby else there


def is_day(asked: Asked) -> Plan | None:
    """Whether it is that day, month or part of the day now; or whether one day is another: "is the fifth a Sunday"."""
    said = re.sub(asked.words["behind_day"], "", words_of_time(asked) or asked.slot("to"))
    meant, other = resolve(said, asked.now), resolve(asked.slot("from"), asked.now) if asked.slot("from") else None
    if meant is None or (other is None and asked.slot("from")):
        return None
    if other is not None:
        day = meant.candidates[0].start
        yes = day.weekday() in {each.start.weekday() for each in other.candidates}
        return Plan(asked.say("yes_day" if yes else "no_day", date=asked.spoken.full_date(day, asked.now)))
    yes = any(_is_now(asked.now, each) for each in meant.candidates)
    if meant.candidates[0].grain in ("minute", "hour", "second"):
        return Plan(asked.say("yes_now" if yes else "no_now", clock=asked.spoken.clock(asked.now)))
    return Plan(asked.say("yes_today" if yes else "no_today", date=asked.spoken.full_date(asked.now)))


def _is_now(now: datetime, when: When) -> bool:
    """Whether it is that now, or that day of another week or year: "Tuesday" may be said of the next one."""
    if when.grain == "month":
        return when.start.month == now.month
    if when.has_time:  # the morning may be the next one
        begin, end = when.start.time(), (when.end or when.start).time()
        return begin <= now.time() < end if begin < end else not end <= now.time() < begin
    return when.start <= now < (when.end or when.start + timedelta(days=1))


def _clock_there(asked: Asked, there: datetime, here: datetime | None = None) -> str:
    """The time of day, with the day if that is another one than here."""
    clock = str(asked.spoken.clock(there))
    return clock if there.date() == (here or asked.now).date() else f"{clock}, {asked.spoken.day_of_week(there)}"


def time_there(asked: Asked) -> Plan | None:
    """The time of day elsewhere, after the time was asked for."""
    is_known = asked.before() is not None and zone_of(asked, asked.slot("place")) is not None
    if not is_known or not asked.topic.startswith(_AT):
        return time_in(asked) if is_known else None
    at, _, place = asked.topic.removeprefix(_AT).partition("|")
    there = asked.with_slots(**{"from": place, "to": asked.slot("place")})
    return _converted(there, datetime.fromisoformat(at))


def date_today(asked: Asked) -> Plan:
    """Today's date."""
    return Plan(asked.say("date", date=asked.spoken.full_date(asked.now)))


def day_today(asked: Asked) -> Plan:
    """Today's day of the week."""
    return Plan(asked.say("day", weekday=asked.spoken.day_of_week(asked.now)))


def year_now(asked: Asked) -> Plan:
    """The month and the year."""
    return Plan(asked.say("month", month=asked.spoken.month(asked.now), year=asked.now.year))


def week_now(asked: Asked) -> Plan:
    """The number of the week, as ISO 8601 counts them."""
    return Plan(asked.say("week", number=asked.now.isocalendar().week))


def leap_year(asked: Asked) -> Plan | None:
    """Whether a year has a 29th of February."""
    said, number = asked.slot("number"), asked.number()
    year = int(number) if number else asked.now.year + (1 if asked.words["next_year"] in asked.understood.text else 0)
    if said and number is None:
        return None
    return Plan(asked.say("leap" if isleap(year) else "no_leap", year=year))


def next_leap_year(asked: Asked) -> Plan:
    """The next year that has a 29th of February."""
    year = next(each for each in range(asked.now.year + 1, asked.now.year + 9) if isleap(each))
    return Plan(asked.say("leap_next", year=year))


def days_in_month(asked: Asked) -> Plan | None:
    """How many days a month has."""
    resolved = resolve(asked.slot("from"), asked.now)
    if resolved is None or resolved.candidates[0].grain != "month":
        return None
    start = resolved.candidates[0].start
    if asked.words["next_year"] in asked.understood.text:
        start = start.replace(year=asked.now.year + 1)
    name = f"{asked.spoken.month(start)} {start.year}"
    return Plan(asked.say("month_has", month=name, days=monthrange(start.year, start.month)[1]))


def days_apart(asked: Asked) -> Plan | None:
    """How many days there are between two days."""
    when = asked.when
    if when is None or when.end is None or when.has_time:
        return None
    first, last = when.start.date(), (when.end - timedelta(days=1)).date()
    in_weeks = set(asked.understood.text.casefold().split()) & set(asked.words["weeks"])
    days = (asked.spoken.weeks_between if in_weeks else asked.spoken.days_between)(first, last)
    between = [asked.spoken.full_date(day, asked.now) for day in (first, last)]
    return Plan(asked.say("apart", days=days, between=asked.spoken.listed(between)))


def day_of(asked: Asked) -> Plan | None:
    """The day of the week and date of a day that is named."""
    when, words = asked.when, set(asked.understood.text.casefold().split())
    if when is None or (asked.slot("thing") and when.grain in ("month", "year")):
        return None
    if words & set(asked.words["past"]) and when.start > asked.now:  # "what day was the third"
        before = resolve(words_of_time(asked), asked.now, Context(past=True))
        when = before.candidates[0] if before else when
    if when.start.date() == asked.now.date():
        return date_today(asked)
    days = asked.spoken.full_date(when.start, asked.now)
    weekday, _, date_of = days.partition(", ")
    return Plan(asked.say("day_of", date_of=date_of, weekday=weekday), topic=when.start.date().isoformat())


def days_until(asked: Asked) -> Plan | None:
    """How many days, or hours, there are until a day or time."""
    when = asked.when
    if when is None:
        return None
    if set(asked.understood.text.casefold().split()) & set(asked.words["since"]) and when.start > asked.now:
        return _days_to(asked, when.start.replace(year=when.start.year - 1))
    if when.has_time and abs((when.start.date() - asked.now.date()).days) < 2:
        return Plan(
            asked.say("days_until", days=asked.spoken.span(when.start - asked.now), date_of=_at(asked, when.start))
        )
    return _days_to(asked, when.start)


def days_until_then(asked: Asked) -> Plan | None:
    """How many days there are until the day that was spoken of."""
    if not asked.topic and (told := asked.before("memory")) and not asked.when:  # "our anniversary is the 15th"
        days = [found.when.candidates[0].start for found in find(told.topic, asked.now) if found.when]
        return _days_to(asked, days[0]) if len(days) == 1 else None
    if not asked.when and (at := time_told(asked)):
        left = at - asked.now
        if left >= timedelta(days=2):
            return replace(_days_to(asked, at), topic=AGAIN)
        return Plan(asked.say("days_until", days=asked.spoken.span(left), date_of=_at(asked, at)), topic=AGAIN)
    if not asked.topic or asked.topic.startswith(_AT):
        return None
    kind, _, day = asked.topic.rpartition("|")
    if asked.when and asked.when.grain in ("month", "year"):
        return None
    if asked.when:
        return days_until(asked) if kind else day_of(asked)
    return _days_to(asked, datetime.fromisoformat(day).replace(tzinfo=asked.now.tzinfo))


def age(asked: Asked) -> Plan | None:
    """How old somebody is who was born on a day."""
    born = asked.when.start.date() if asked.when and asked.when.grain == "day" else None
    today = asked.now.date()
    if born is None or born > today:
        return None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Plan(asked.say("age", years=years), topic=born.isoformat())


def _days_to(asked: Asked, day: datetime) -> Plan:
    if day.date() == asked.now.date():
        return Plan(asked.say("today"))
    in_weeks = set(asked.understood.text.casefold().split()) & set(asked.words["weeks"])
    between = (asked.spoken.weeks_between if in_weeks else asked.spoken.days_between)(asked.now.date(), day.date())
    said = "days_until" if day.date() > asked.now.date() else "past"
    return Plan(
        asked.say(said, days=between, date_of=asked.spoken.full_date(day, asked.now)), topic=f"until|{day:%Y-%m-%d}"
    )


def _at(asked: Asked, at: datetime) -> str:
    return str(asked.spoken.moment(at, asked.now))


INTENTS = {
    "TimeNow": time_now,
    "TimeIn": time_in,
    "TimeThere": time_there,
    "TimeThen": time_then,
    "TimeDifference": time_difference,
    "TimeConverted": time_converted,
    "IsDay": is_day,
    "DaysBetween": days_apart,
    "DaysInMonth": days_in_month,
    "NextLeapYear": next_leap_year,
    "DateToday": date_today,
    "DayToday": day_today,
    "YearNow": year_now,
    "WeekNow": week_now,
    "LeapYear": leap_year,
    "Age": age,
    "DayOf": day_of,
    "DaysUntil": days_until,
    "DaysUntilThen": days_until_then,
}
