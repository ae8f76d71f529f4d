"""Openings: the times at which something may begin: opening hours, staff, other events, notice, horizon."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from edge_agent.act.calendar import Calendar, CalendarEvent
from edge_agent.act.times.almanac import DAY, elapsed, local
from edge_agent.desk.file import AgentFile, OpenHours, Service, Staff
from edge_agent.errors import RecordsError

log = logging.getLogger(__name__)

CELL_S = 300
"""Seconds of a cell, the unit in which the time of staff is taken."""
Taken = Callable[[str, int, int, int], bool]
"""Whether one of the cells from .. to (exclusive) of somebody is taken by another appointment than that one."""


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time at which an appointment may begin."""

    start: datetime
    end: datetime
    staff: str


def cells_of(start: datetime, end: datetime, service: Service) -> range:
    """The cells that an appointment takes, with what is kept free around it."""
    first = start.timestamp() - 60 * service.before
    last = end.timestamp() + 60 * service.after
    return range(int(first // CELL_S), int(-(-last // CELL_S)))


class Openings:
    """What is free, seen from one moment."""

    def __init__(self, agent: AgentFile, calendar: Calendar, taken: Taken, now: datetime, but: str = "") -> None:
        """`calendar` holds the owner's other events, but in the file `but`; `taken` tells what is booked here."""
        self._agent, self._calendar, self._taken, self.now, self._but = agent, calendar, taken, now, but
        self._moved = 0
        self._events: dict[date, list[CalendarEvent]] = {}

    def for_moving(self, booking: int) -> Openings:
        """What is free for an appointment that gives up its own time."""
        found = copy(self)
        found._moved = booking
        return found

    @property
    def last_day(self) -> date:
        """The horizon."""
        return (self.now + self._agent.booking.horizon).date()

    def on(self, day: date, service: Service, staff: str | None = None) -> list[FreeTime]:
        """The openings of a day in their order; of several members of staff the one who comes first in the file."""
        found: dict[datetime, FreeTime] = {}
        for member in self._members(service, staff):
            for start in self._starts(day, service, member):
                opening = self._opening(start, service, member)
                if opening and start not in found:
                    found[start] = opening
        return [found[start] for start in sorted(found)]

    def from_day(self, first: date, service: Service, staff: str | None = None) -> Iterator[FreeTime]:
        """The openings from a day on, until the horizon."""
        day = max(first, self.now.date())
        while day <= self.last_day:
            yield from self.on(day, service, staff)
            day += DAY

    def at(self, start: datetime, service: Service, staff: str | None = None) -> FreeTime | None:
        """The opening at that very time, if there is one."""
        for member in self._members(service, staff):
            if start in self._starts(start.date(), service, member):
                opening = self._opening(start, service, member)
                if opening:
                    return opening
        return None

    def is_closed(self, day: date) -> bool:
        """Whether nobody works on a day, whatever is booked."""
        return not any(self._hours(day, member) for member in self._members(None, None)) and not any(
            start.date() == day for start in self._agent.booking.slots
        )

    def may_begin(self, start: datetime, service: Service, staff: str | None = None) -> bool:
        """Whether something may begin then, were nothing booked."""
        return any(start in self._starts(start.date(), service, member) for member in self._members(service, staff))

    def _members(self, service: Service | None, staff: str | None) -> list[Staff]:
        able = self._agent.staff_for(service.name if service and service.name else None)
        return [member for member in able if staff in (None, "", member.name)]

    def _hours(self, day: date, member: Staff) -> list[OpenHours]:
        """When somebody works on that day."""
        hours = self._agent.hours
        if any(first <= day <= last for first, last in hours.closed) or day in self._holidays(day.year):
            return []
        open_at = hours.week[day.weekday()]
        if member.week is None:
            return list(open_at)
        own = member.week[day.weekday()]
        both = [(max(a, c), min(b, d)) for a, b in open_at for c, d in own]
        return [(begin, end) for begin, end in both if begin < end]

    def _holidays(self, year: int) -> frozenset[date]:
        return _holidays(self._agent.business.phone_region, year) if self._agent.hours.holidays else frozenset()

    def _starts(self, day: date, service: Service, member: Staff) -> list[datetime]:
        """The times of a day at which something of that length may begin by the hours alone."""
        booking = self._agent.booking
        if booking.slots:
            zone = self._agent.business.timezone
            slots = [slot if slot.tzinfo else local(slot.date(), slot.time(), self.now) for slot in booking.slots]
            return sorted(slot.astimezone(zone) for slot in slots if slot.astimezone(zone).date() == day)
        found = []
        for begin, end in self._hours(day, member):
            for minute in range(begin, end - service.minutes + 1, booking.grid):
                start = local(day, time(minute // 60, minute % 60), self.now)
                if (start.hour * 60 + start.minute, start.date()) == (minute, day):  # the clocks skip the others
                    found.append(start)
        return found

    def _opening(self, start: datetime, service: Service, member: Staff) -> FreeTime | None:
        booking = self._agent.booking
        begins = start.astimezone(UTC)
        if begins < self.now.astimezone(UTC) + booking.notice or begins > self.now.astimezone(UTC) + booking.horizon:
            return None
        end = elapsed(start, service.minutes * 60)
        cells = cells_of(start, end, service)
        if self._taken(member.name, cells.start, cells.stop, self._moved) or self._is_busy(start, end, service, member):
            return None
        return FreeTime(start, end, member.name)

    def _is_busy(self, start: datetime, end: datetime, service: Service, member: Staff) -> bool:
        """Whether the owner's files have something then: of this member of staff, or of the whole business."""
        first = start.astimezone(UTC) - timedelta(minutes=service.before)
        last = end.astimezone(UTC) + timedelta(minutes=service.after)
        others = {other.calendar for other in self._agent.staff if other.calendar} - {member.calendar} | {self._but}
        return any(
            event.start.astimezone(UTC) < last and event.end.astimezone(UTC) > first and event.file not in others
            for day in {start.date(), end.date()}
            for event in self._on(day)
        )

    def _on(self, day: date) -> list[CalendarEvent]:
        if day not in self._events:
            midnight = local(day, time(), self.now)
            try:
                self._events[day] = self._calendar.events(midnight - DAY, midnight + 2 * DAY)
            except RecordsError as error:
                log.error("%s", error)
                raise
        return self._events[day]


@lru_cache(64)
def _holidays(country: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
