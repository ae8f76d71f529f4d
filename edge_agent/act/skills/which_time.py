"""The question where people mean different things by what was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.times import Resolved, When, find, resolve

MOST = 3
"""Meanings that are told; nobody keeps more of them in mind."""

NOON = 13
"""The middle of the hours at which people meet."""
MONTH = timedelta(days=27)
DAYTIME = range(8, 19)
"""Hours of appointments and errands, where nobody says which half of another day is meant."""


def meant(asked: Asked) -> When | Plan | None:
    """The time that was said, the one in the daytime if people may mean several; or the question which; None: none."""
    asked = _by_daylight(asked)
    return _by_day(asked) or (which_time(asked) if asked.choices else None) or asked.when


def _by_daylight(asked: Asked) -> Asked:
    """Leaves out what is at night, where the same words may mean the day, as nobody has lunch at half past midnight;
    and "the tenth" of the month after."""
    found, first = asked.understood.times.get("when"), asked.when
    days = {each.start.date() for each in asked.choices if each.start.hour in DAYTIME} - {asked.now.date()}
    kept = tuple(
        each
        for each in asked.choices
        if (each.start.hour in DAYTIME or each.start.date() not in days)
        and not (first and each.start.day == first.start.day and MONTH < each.start - first.start < 2 * MONTH)
    )
    if found is None or len(kept) == len(asked.choices):
        return asked
    return asked.with_times(when=replace(found, when=Resolved(kept, len(kept) > 1)))


def _by_day(asked: Asked) -> When | None:
    """The one meaning in the daytime, where all are of another day than today."""
    repeats = all(each.rrule for each in asked.choices)
    if not repeats and any(each.start.date() == asked.now.date() for each in asked.choices):
        return None
    found = [each for each in asked.choices if each.start.hour in DAYTIME]
    return found[0] if len(found) == 1 else None


def which_time(asked: Asked) -> Plan | None:
    """A question; None where all meanings would be said alike."""
    spoken = asked.spoken
    meant = [(spoken.moment if each.has_time else spoken.day)(each.start, asked.now) for each in asked.choices[:MOST]]
    said = list(dict.fromkeys(meant))
    if len(said) < 2:
        return None
    return asked.ask(asked.say("which_time", choices=asked.spoken.listed(said, "or")), "when")


def moved_to(asked: Asked, was: datetime) -> datetime | None:
    """The time that was said for what is at `was`; a time alone is of that day, as it is seen from it."""
    midnight, hour, when = was.replace(hour=0, minute=0, second=0, microsecond=0), asked.number(), asked.when
    if hour is not None and hour == int(hour) and 1 <= hour <= 24:  # "move it to eleven"
        halves = (midnight.replace(hour=int(hour + more) % 24) for more in ((0, 12) if hour <= 12 else (0,)))
        return min(halves, key=lambda at: abs(at - was))
    said = asked.slot("number") if when is None else words_of_time(asked)
    for resolved in (resolve(said, midnight), *(found.when for found in find(said, midnight))):
        meant = resolved.candidates if resolved else ()
        that_day = [each.start for each in meant if each.has_time and each.start.date() == was.date()]
        if that_day:
            day_long = was == midnight  # of what takes all day the time is in the daytime
            return min(that_day, key=lambda at: abs(at - (was.replace(hour=NOON) if day_long else was)))
    if when is None:
        return None
    return when.start if when.has_time else when.start.replace(hour=was.hour, minute=was.minute)


def shifted(asked: Asked, was: datetime) -> datetime | None:
    """So much later or earlier than `was`; None if nothing was said, or that time is over."""
    if asked.seconds is None:
        return None
    at = was + timedelta(seconds=asked.seconds * (-1 if asked.slot("deed") == "earlier" else 1))
    return at if at > asked.now else None


def words_of_time(asked: Asked) -> str:
    """What was said of the time."""
    found = asked.understood.times.get("when")
    return asked.understood.text[found.first : found.last].strip() if found else ""
