"""Clock: time, date, day of the week, and how far away a day is."""

from __future__ import annotations

from calendar import isleap
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan


def time_now(asked: Asked) -> Plan:
    """The time of day."""
    return Plan(asked.say("time", clock=asked.spoken.clock(asked.now)))


def time_in(asked: Asked) -> Plan:
    """The time of day elsewhere, from the time zone database of the machine."""
    place = asked.slot("place")
    zone = _zones(asked).get(place.casefold().removeprefix("the "))
    if zone is None:
        return Plan(asked.say("no_place", place=place))
    there = asked.now.astimezone(ZoneInfo(zone))
    moment = asked.spoken.clock(there)
    if there.date() != asked.now.date():
        moment += f", {asked.spoken.day_of_week(there)},"
    return Plan(asked.say("time_in", moment=moment, place=place))


def time_there(asked: Asked) -> Plan | None:
    """The time of day elsewhere, after the time was asked for."""
    is_known = asked.slot("place").casefold().removeprefix("the ") in _zones(asked)
    return time_in(asked) if asked.talk.done_by == "skill:clock" and is_known else None


def _zones(asked: Asked) -> dict[str, str]:
    """Names of places, in small letters, and their time zones."""
    known = sorted(available_timezones(), key=lambda zone: (zone.count("/"), zone))
    zones = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in known if "/" in zone}
    of = {zone.casefold(): zone for zone in known}
    others = {name.removeprefix("the "): zone for zone, names in asked.words["places"].items() for name in names}
    return zones | {name: of[zone] for name, zone in others.items() if zone in of}


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


def day_of(asked: Asked) -> Plan | None:
    """The day of the week and date of a day that is named."""
    when = asked.when
    if when is None:
        return None
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
    if asked.talk.done_by != "skill:clock" or not asked.talk.topic:
        return None
    kind, _, day = asked.talk.topic.rpartition("|")
    if asked.when:
        return days_until(asked) if kind else day_of(asked)
    return _days_to(asked, datetime.fromisoformat(day).replace(tzinfo=asked.now.tzinfo))


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
    "DateToday": date_today,
    "DayToday": day_today,
    "YearNow": year_now,
    "WeekNow": week_now,
    "LeapYear": leap_year,
    "DayOf": day_of,
    "DaysUntil": days_until,
    "DaysUntilThen": days_until_then,
}
