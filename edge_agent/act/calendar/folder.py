"""Folder: the owner's .ics files. All of them are read; what is new goes into edge-agent.ics.

A change touches the lines of its event alone. An event of a series is changed for its day alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from edge_agent.act.calendar.change import MOST_CHANGES, CalendarChange, content_of
from edge_agent.act.calendar.event import CalendarEvent, EventGone, InFile, event_of, find, in_zone, place_of
from edge_agent.act.calendar.ics import SERIES, DayOrTime, counted_up, line_of, lines_of, replaced, written_like
from edge_agent.errors import RecordsError
from edge_agent.state import alone_with, new_whole

log = logging.getLogger(__name__)

OWN = "edge-agent.ics"
USUAL_LENGTH = timedelta(hours=1)
"""How long an event is whose end nobody has said."""
DAY = timedelta(days=1)
TOO_OFTEN = {"SECONDLY", "MINUTELY"}
"""Series that are left out: five years of minutes took the package 85 s."""
Version = tuple[int, int, int]
Query = tuple[Any, frozenset[str]]
"""What tells the events between two times, and the UIDs of those that are one of several."""


class Calendar:
    """The folder. It need not be there until something is added. Nothing is kept in memory but what was parsed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[Path, tuple[Version, list[Query]]] = {}
        self.changes: list[CalendarChange] = []
        """What was written; whoever wants to take it back empties it before."""

    def events(self, first: datetime, last: datetime) -> list[CalendarEvent]:
        """What happens between two aware times, the earliest first; what has begun before `first` and goes on, too.

        A file that cannot be read is a line of the log, once; the others are read. Raises RecordsError: the folder
        cannot be read.
        """
        found = [event for file in self._files() for event in self._in(file, first, last)]
        return sorted(found, key=lambda event: (event.start.astimezone(UTC), not event.all_day, event.title))

    def add(
        self, title: str, start: datetime, end: datetime | None, all_day: bool = False, rrule: str | None = None
    ) -> CalendarEvent:
        """Put an event into edge-agent.ics; of an hour, or of a day, if `end` is None. `rrule`: how it repeats
        (RFC 5545). Raises RecordsError."""
        if not title.strip():
            raise RecordsError("An event needs a title.")
        until = end or start + (DAY if all_day else USUAL_LENGTH)
        if until.astimezone(UTC) <= start.astimezone(UTC):
            raise RecordsError("The event would end before it begins.")
        zone = start.tzinfo
        begins: DayOrTime = start.date() if all_day else _storable(start)
        ends: DayOrTime = max(until.date(), start.date() + DAY) if all_day else _storable(until.astimezone(zone))
        event = _new(title.strip(), begins, ends, rrule)
        with self._alone(make=True):
            self._insert(event)
        return event_of(event, OWN, zone, repeats=rrule is not None)

    def move(self, event: CalendarEvent, start: datetime) -> CalendarEvent:
        """Let an event begin at another time (if it is of whole days: on another day), as long as it was; of a series
        this one alone. Raises RecordsError: it is not there any more, or the file cannot be written."""
        begins: DayOrTime = start.date() if event.all_day else start

        def moved(lines: list[str], found: list[InFile]) -> None:
            one = next((each for each in found if not each.is_series), found[0])
            block = lines[one.at]
            new = [*_retimed(block, one.parsed, begins, start.tzinfo), counted_up(block)]
            if one.is_series:
                new.append(_named("RECURRENCE-ID", block, one))
                lines[one.at.stop : one.at.stop] = replaced(block, new, SERIES)
            else:
                lines[one.at] = replaced(block, new)

        self._change(event, moved)
        place = event.place if event.repeats else place_of(begins, start.tzinfo)
        return replace(event, start=in_zone(begins, start.tzinfo), end=_end(event, begins, start.tzinfo), place=place)

    def delete(self, event: CalendarEvent) -> None:
        """Take an event out; of a series this one alone. Raises RecordsError: it is not there any more, or the file
        cannot be written."""

        def deleted(lines: list[str], found: list[InFile]) -> None:
            for one in found:
                block = lines[one.at]
                rest = replaced(block, [counted_up(block)])
                lines[one.at] = [rest[0], _named("EXDATE", block, one), *rest[1:]] if one.is_series else []

        self._change(event, deleted)

    def take_back(self, changes: Sequence[CalendarChange]) -> None:
        """Files are as they were before. Raises RecordsError: one was changed since, or cannot be written."""
        with self._alone():
            if any(content_of(change.file) != change.after for change in changes[-1:]):
                raise RecordsError("The calendar was changed since.")
            for change in reversed(changes):
                change.file.unlink() if change.before is None else _write(change.file, [_text(change.before)])

    def _files(self) -> list[Path]:
        try:
            return sorted(file for file in self._folder.iterdir() if file.suffix.lower() == ".ics")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RecordsError(f"The calendar cannot be read: {self._folder} ({error.strerror}).") from error

    def _in(self, file: Path, first: datetime, last: datetime) -> Iterator[CalendarEvent]:
        for query, series in self._read(file):
            try:
                found = query.between(first, last)
            except Exception as error:  # whatever others have written, the rest is read
                log.error("The calendar %s is left out: it cannot be understood (%s).", file, type(error).__name__)
                continue
            for event in found:
                if str(event.get("STATUS")).upper() != "CANCELLED":
                    yield event_of(event, file.name, first.tzinfo, repeats=str(event.get("UID")) in series)

    def _read(self, file: Path) -> list[Query]:
        """What can be asked of a file. Of one that is damaged nothing, which is said once a version of it."""
        try:
            status = file.stat()
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if file not in self._parsed or self._parsed[file][0] != version:
                self._parsed[file] = (version, [])
                self._parsed[file] = (version, [_query(each, file) for each in _calendars(file.read_bytes())])
            return self._parsed[file][1]
        except (OSError, ValueError) as error:
            log.error("The calendar %s is left out: it cannot be read (%s).", file, type(error).__name__)
            return []

    @contextmanager
    def _alone(self, *, make: bool = False) -> Iterator[None]:
        """No other edge-agent changes the folder meanwhile. Raises RecordsError for what the disk refuses."""
        try:
            if make:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with alone_with(self._folder):
                yield
        except OSError as error:
            raise RecordsError(f"The calendar is not changed: {self._folder} ({error.strerror}).") from error

    def _insert(self, event: Any) -> None:
        whole = _whole(event)
        file = self._folder / OWN
        if not file.exists():
            self._keep(file, [whole.to_ical().decode()])
            return
        with _said(file):
            content = file.read_bytes()
            _calendars(content)
            lines = lines_of(_text(content))
            end = max(number for number, line in enumerate(lines) if line.strip().upper() == "END:VCALENDAR")
        there = {line.strip() for line in lines if line.upper().startswith("TZID:")}
        zones = [zone for zone in whole.walk("VTIMEZONE") if f"TZID:{zone['TZID']}" not in there]
        lines[end:end] = [part.to_ical().decode() for part in (*zones, event)]
        self._keep(file, lines)

    def _keep(self, file: Path, lines: list[str]) -> None:
        before = content_of(file)
        _write(file, lines)
        self.changes = [*self.changes[-MOST_CHANGES:], CalendarChange(file, before, content_of(file))]

    def _change(self, event: CalendarEvent, change: Callable[[list[str], list[InFile]], None]) -> None:
        """Raises RecordsError; EventGone, if it is one of those."""
        file = self._folder / event.file
        if not file.exists():
            raise EventGone(event)
        with self._alone(), _said(file):
            content = file.read_bytes()
            lines = lines_of(_text(content))
            parsed = [each for calendar in _calendars(content) for each in calendar.walk("VEVENT")]
            change(lines, find(event, lines, parsed))
            self._keep(file, lines)


@contextmanager
def _said(file: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        fix = f"put it away: mv {file} {file}.damaged"
        raise RecordsError(f"{file} is damaged, and is not changed.", fix=fix) from error


def _new(title: str, begins: DayOrTime, ends: DayOrTime, rrule: str | None) -> Any:
    from icalendar import Event, vRecur

    from edge_agent.act.records.local import RRule

    event = Event.new(summary=title, start=begins, end=ends)
    if rrule is not None:
        try:
            RRule(rrule, datetime(begins.year, begins.month, begins.day))
            event.add("rrule", vRecur.from_ical(rrule.removeprefix("RRULE:")))
        except ValueError as error:
            raise RecordsError(f"This is no rule of how something repeats: {rrule} ({error}).") from error
    return event


def _whole(event: Any) -> Any:
    from icalendar import Calendar as Whole

    whole = Whole()
    whole.add("prodid", "-//edge-agent//EN")
    whole.add("version", "2.0")
    whole.add_component(event)
    whole.add_missing_timezones()
    return whole


def _calendars(content: bytes) -> list[Any]:
    """Raises ValueError for what is no calendar."""
    from icalendar import Calendar as Whole

    found: list[Any] = Whole.from_ical(content, multiple=True)
    if not found:
        raise ValueError("no calendar")
    return found


def _query(calendar: Any, file: Path) -> Query:
    from recurring_ical_events import of  # type: ignore[import-untyped]

    events = calendar.walk("VEVENT")
    often = [each for each in events if TOO_OFTEN & _frequencies(each)]
    if often:
        log.error("The calendar %s repeats something each minute or second: that is left out.", file)
        calendar.subcomponents = [each for each in calendar.subcomponents if each not in often]
    series = frozenset(str(each.get("UID")) for each in events if SERIES & set(each))
    return of(calendar, skip_bad_series=True), series


def _frequencies(event: Any) -> set[str]:
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    return {str(each).upper() for rule in rules if isinstance(rule, dict) for each in rule.get("FREQ", ())}


def _named(name: str, block: list[str], one: InFile) -> str:
    """A line that names one of a series, in the form in which that begins."""
    return written_like(line_of(block, "DTSTART") or "", one.planned, _zone_of(one.parsed, "DTSTART"), name)


def _retimed(block: list[str], parsed: Any, begins: DayOrTime, zone: tzinfo | None) -> list[str]:
    """The lines DTSTART and DTEND of an event that begins at another time and is as long as it was."""
    new = [written_like(line_of(block, "DTSTART") or "", begins, _zone_of(parsed, "DTSTART"))]
    last = line_of(block, "DTEND")
    if last is not None:
        was = event_of(parsed, "", zone, repeats=False)
        ends = _end(was, begins, zone)
        new.append(written_like(last, ends if isinstance(begins, datetime) else ends.date(), _zone_of(parsed, "DTEND")))
    return new


def _end(was: CalendarEvent, begins: DayOrTime, zone: tzinfo | None) -> datetime:
    """When an event ends that begins then and is as long as it was: in days, or in elapsed time."""
    if not isinstance(begins, datetime):
        return in_zone(begins + (was.end.date() - was.start.date()), zone)
    return (begins.astimezone(UTC) + (was.end.astimezone(UTC) - was.start.astimezone(UTC))).astimezone(zone)


def _zone_of(parsed: Any, name: str) -> tzinfo | None:
    return getattr(parsed[name].dt, "tzinfo", None)


def _storable(at: datetime) -> datetime:
    """The time in its zone, if that has a name that other programs know; else in UTC."""
    name = getattr(at.tzinfo, "key", None) or ""
    return at if "/" in name and not name.startswith("/") else at.astimezone(UTC)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _write(file: Path, lines: list[str]) -> None:
    """The new or the old, whole; for those for whom the old one was. Raises OSError."""
    file = file.resolve()
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    with new_whole(file, mode=mode) as new:
        new.write("".join(lines).encode("utf-8", "surrogateescape"))
