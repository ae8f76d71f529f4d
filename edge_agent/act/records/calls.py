"""Calls: alarms and reminders. Times of the owner's wall clock, once or again and again, in the zone of `now`."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import NamedTuple

from edge_agent.act.records.database import Database
from edge_agent.act.records.local import Repetition, RRule, Weekly, following, instant, latest, local_of
from edge_agent.act.records.rows import Alarm, BellKind, Reminder
from edge_agent.errors import RecordsError

CLOCK_WAS_WRONG = timedelta(hours=12)
"""A clock that is set back by less rings nothing twice. By more: it had been wrong, and what it rang counts as nothing:
an alarm for each morning rings tomorrow, and not when the calendar has come to where the clock stood."""
COLUMNS = "id, kind, name, next, fold, days, first, rrule, done"


class Scheduled(NamedTuple):
    """A row of the table."""

    id: int
    kind: BellKind
    name: str
    next_text: str
    fold: int
    day_bits: int
    first: str
    rrule: str | None
    done: float

    @property
    def next(self) -> datetime:
        return datetime.fromisoformat(self.next_text).replace(fold=self.fold)

    @property
    def days(self) -> frozenset[int]:
        return frozenset(day for day in range(7) if self.day_bits >> day & 1)

    @property
    def repeat(self) -> Repetition | None:
        if self.days:
            return Weekly(self.next.hour, self.next.minute, self.days)
        return RRule(self.rrule, datetime.fromisoformat(self.first)) if self.rrule is not None else None

    def has_rung(self, due: datetime, now: datetime) -> bool:
        """Whether what was due then has rung, or was before its time."""
        return due.timestamp() <= self.done and not self.clock_was_wrong(now)

    def clock_was_wrong(self, now: datetime) -> bool:
        """Whether this call was last looked after in a time that is yet to come."""
        return now.timestamp() < self.done - CLOCK_WAS_WRONG.total_seconds()

    def alarm(self) -> Alarm:
        return Alarm(self.id, self.name, self.next.hour, self.next.minute, self.days, self.next)

    def reminder(self) -> Reminder:
        return Reminder(self.id, self.name, self.next, self.rrule)


def calls(connection: sqlite3.Connection) -> list[Scheduled]:
    return [Scheduled(*row) for row in connection.execute(f"SELECT {COLUMNS} FROM calls ORDER BY id")]


def occurrence(call: Scheduled, now: datetime) -> tuple[datetime, datetime | None] | None:
    """What a call that is due rings for, and its next time. Of several that were missed: the last. None: not due."""
    if instant(call.next, now.tzinfo) > now:
        return None
    repeat = call.repeat
    if repeat is None:
        return instant(call.next, now.tzinfo), None
    last = latest(repeat, now)
    return instant(max(call.next, last) if last else call.next, now.tzinfo), following(repeat, now)


class Calls(Database):
    """The part of the records that goes by the wall clock."""

    def add_alarm(self, at: datetime, now: datetime, days: frozenset[int] = frozenset(), name: str = "") -> Alarm:
        """An alarm at the hour and minute of `at`, by a clock in the zone of `now`; on `days` (0 is Monday) from `at`
        on, or once. Raises RecordsError for one that would never ring."""
        with self._changing() as connection:
            return _added(connection, _alarm(at, now, days, name), now).alarm()

    def alarms(self) -> list[Alarm]:
        """The alarms that will ring, the oldest first."""
        return [each.alarm() for each in self._calls("alarm")]

    def change_alarm(
        self, id: int, at: datetime, now: datetime, days: frozenset[int] | None = None, name: str | None = None
    ) -> Alarm:
        """Move an alarm to another time, and to other `days`. Raises RecordsError: nothing is changed."""
        with self._changing() as connection:
            was = _found(connection, id, "alarm")
            new = _alarm(at, now, was.days if days is None else days, was.name if name is None else name)
            _removed(connection, id, "alarm")
            return _added(connection, new._replace(id=id), now).alarm()

    def remove_alarm(self, id: int) -> Alarm:
        """The one that is no more. Raises RecordsError: there is none."""
        with self._changing(erase=True) as connection:
            return _removed(connection, id, "alarm").alarm()

    def add_reminder(self, text: str, at: datetime, now: datetime, rrule: str | None = None) -> Reminder:
        """Say `text` at `at`, or from then on as `rrule` says (RFC 5545; every hour at most). Raises RecordsError for
        one that would never be said, for a rule that cannot be read, and for no text."""
        if not text.strip():
            raise RecordsError("A reminder needs words.")
        local = local_of(at, now.tzinfo)
        new = Scheduled(0, "reminder", text.strip(), local.isoformat(), local.fold, 0, local.isoformat(), rrule, 0.0)
        try:
            first = new.repeat and new.repeat.after(local - timedelta(microseconds=1))
        except ValueError as error:
            raise RecordsError(f"This is no rule of how something repeats: {rrule} ({error}).") from error
        if new.repeat and not first:
            raise RecordsError(f"Nothing ever happens by this rule: {rrule}.")
        with self._changing() as connection:
            return _added(connection, _at(new, first) if first and first != local else new, now).reminder()

    def reminders(self) -> list[Reminder]:
        """The reminders that will be said, the oldest first."""
        return [each.reminder() for each in self._calls("reminder")]

    def remove_reminder(self, id: int) -> Reminder:
        """The one that is no more. Raises RecordsError: there is none."""
        with self._changing(erase=True) as connection:
            return _removed(connection, id, "reminder").reminder()

    def _calls(self, kind: BellKind) -> list[Scheduled]:
        with self._reading() as connection:
            return [each for each in calls(connection) if each.kind == kind]


def _alarm(at: datetime, now: datetime, days: frozenset[int], name: str) -> Scheduled:
    if not days <= set(range(7)):
        raise RecordsError(f"Days of the week are 0 (Monday) to 6, not {sorted(days)}.")
    local = local_of(at, now.tzinfo).replace(second=0, microsecond=0)
    text = local.isoformat()
    new = Scheduled(0, "alarm", name.strip(), text, local.fold, sum(1 << day for day in days), text, None, 0.0)
    return new if new.repeat is None or local.weekday() in days else _at(new, new.repeat.after(local))


def _at(call: Scheduled, local: datetime | None) -> Scheduled:
    return call._replace(next_text=local.isoformat(), fold=local.fold) if local else call


def _added(connection: sqlite3.Connection, new: Scheduled, now: datetime) -> Scheduled:
    """Kept, with its first time after `now`. Raises RecordsError: it would never ring."""
    if instant(new.next, now.tzinfo) <= now:
        later = following(new.repeat, now) if new.repeat else None
        if later is None:
            when = new.next.strftime("%Y-%m-%d %H:%M")
            raise RecordsError(f"That time has passed: {when}.")
        new = _at(new, later)
    new = new._replace(done=now.timestamp())
    row = (new.id or None, *new[1:])
    made = connection.execute(f"INSERT INTO calls ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
    return new._replace(id=made or 0)


def _found(connection: sqlite3.Connection, id: int, kind: BellKind) -> Scheduled:
    row = connection.execute(f"SELECT {COLUMNS} FROM calls WHERE id = ? AND kind = ?", (id, kind)).fetchone()
    if row is None:
        raise RecordsError(f"There is no {kind} {id}.", fix=f"see which there are: edge-agent {kind}s list")
    return Scheduled(*row)


def _removed(connection: sqlite3.Connection, id: int, kind: BellKind) -> Scheduled:
    was = _found(connection, id, kind)
    connection.execute("DELETE FROM calls WHERE id = ?", (id,))
    return was


def move(connection: sqlite3.Connection, call: Scheduled, next: datetime | None, done: float) -> None:
    """Let a call ring at `next` (local), and not for what was due until `done` (UTC, s). None: it is no more."""
    if next is None:
        connection.execute("DELETE FROM calls WHERE id = ?", (call.id,))
        return
    connection.execute(
        "UPDATE calls SET next = ?, fold = ?, done = ? WHERE id = ?",
        (next.isoformat(), next.fold, done, call.id),
    )
