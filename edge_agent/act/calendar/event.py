"""Event: one of the owner's calendar, and where it is in its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from edge_agent.act.calendar.ics import DayOrTime, events_in
from edge_agent.errors import RecordsError


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event, or one of a series."""

    title: str
    start: datetime
    """When it begins, in the zone of whoever asked. A whole day begins at its midnight."""
    end: datetime
    """The first moment that is no longer of it."""
    all_day: bool
    location: str
    repeats: bool
    """Whether it is one of a series."""
    file: str
    """The name of the file that it is in."""
    uid: str
    place: str
    """When it was planned at first: that tells it from others of its series."""


class EventGone(RecordsError):
    """What was to be changed is not there any more."""

    def __init__(self, event: CalendarEvent) -> None:
        super().__init__(f"{event.title} is not in {event.file} any more.")


@dataclass(frozen=True, slots=True)
class InFile:
    """Where an event is in its file."""

    at: slice
    parsed: Any
    planned: DayOrTime
    is_series: bool
    """Whether that is the whole series, of which the event is one."""


def event_of(event: Any, file: str, zone: tzinfo | None, *, repeats: bool) -> CalendarEvent:
    """What the packages have read, for an owner in `zone`."""
    return CalendarEvent(
        title=str(event.get("SUMMARY", "")).strip(),
        start=in_zone(event.start, zone),
        end=in_zone(event.end, zone),
        all_day=not isinstance(event.start, datetime),
        location=str(event.get("LOCATION", "")).strip(),
        repeats=repeats,
        file=file,
        uid=str(event.get("UID")),
        place=place_of(event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else event.start, zone),
    )


def find(event: CalendarEvent, lines: list[str], parsed: Sequence[Any]) -> list[InFile]:
    """The event by itself, and the series if that has its day too; the last in the file first, so that one can be
    changed after the other. Raises EventGone: neither is there."""
    found, zone = [], event.start.tzinfo
    for at, each in zip(events_in(lines), parsed, strict=True):
        if str(each.get("UID")) != event.uid or "DTSTART" not in each:
            continue
        if "RECURRENCE-ID" in each:
            planned = each["RECURRENCE-ID"].dt
            if place_of(planned, zone) == event.place:
                found.append(InFile(at, each, planned, is_series=False))
        elif not event.repeats:
            found.append(InFile(at, each, each["DTSTART"].dt, is_series=False))
        elif event.place not in {place_of(left_out, zone) for left_out in each.exdates}:
            found.append(InFile(at, each, _planned(event.place, each["DTSTART"].dt, zone), is_series=True))
    if not found:
        raise EventGone(event)
    return found[::-1]


def in_zone(moment: DayOrTime, zone: tzinfo | None) -> datetime:
    """The moment in the owner's zone; a day begins at midnight there, and a time without a zone is of there."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone)
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def place_of(moment: DayOrTime, zone: tzinfo | None) -> str:
    """A moment as two of them are compared: a day, or an instant."""
    return in_zone(moment, zone).astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment.isoformat()


def _planned(place: str, like: DayOrTime, zone: tzinfo | None) -> DayOrTime:
    """The moment of such a place, in the form of `like`."""
    if not isinstance(like, datetime):
        return date.fromisoformat(place)
    at = datetime.fromisoformat(place)
    return at.astimezone(like.tzinfo) if like.tzinfo else at.astimezone(zone).replace(tzinfo=None)
