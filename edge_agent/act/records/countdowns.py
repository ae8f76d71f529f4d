"""Countdowns: timers, and what was snoozed. Elapsed time, whatever is done to the wall clock meanwhile.

A countdown counts by the uptime of the boot in which it was started (or changed, or resumed), so that a wall clock that
is set moves nothing. After another boot the wall clock is all there is. It stays so: on a machine without a battery
for its clock the first step after the boot is the one that sets it right.
"""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime
from typing import NamedTuple

from edge_agent.act.records.database import Database
from edge_agent.act.records.rows import BellKind, Ring, Timer
from edge_agent.act.records.uptime import Uptime
from edge_agent.errors import RecordsError

SNOOZE_S = 540
"""Nine minutes, as clock radios have it."""
LONGEST_S = 366 * 86400.0
"""A year: what is longer is an alarm or a reminder, on a day."""
COLUMNS = "id, kind, name, seconds, due, boot, up_s, left_s"


class Countdown(NamedTuple):
    """A row of the table."""

    id: int
    kind: BellKind
    name: str
    seconds: float
    due: float | None
    boot: str | None
    up_s: float | None
    left_s: float | None

    def due_at(self, now_s: float, uptime: Uptime | None) -> float | None:
        """When it is due, by a wall clock that shows `now_s` (UTC, seconds). None while it is paused."""
        if self.due is not None and self.up_s is not None and uptime and self.boot == uptime.boot:
            return now_s + self.up_s - uptime.seconds
        return self.due

    def timer(self) -> Timer:
        due = None if self.due is None else datetime.fromtimestamp(self.due, UTC)
        return Timer(self.id, self.kind, self.name, self.seconds, due, self.left_s)


def countdowns(connection: sqlite3.Connection) -> list[Countdown]:
    return [Countdown(*row) for row in connection.execute(f"SELECT {COLUMNS} FROM countdowns ORDER BY id")]


class Timers(Database):
    """The part of the records that counts seconds."""

    def add_timer(self, seconds: float, now: datetime, name: str = "") -> Timer:
        """Start a timer of more than 0 and at most LONGEST_S seconds. Raises RecordsError."""
        return self._start("timer", name, seconds, now)

    def timers(self) -> list[Timer]:
        """The timers that run or are paused, the oldest first; without what was snoozed."""
        return [each for each in self._timers() if each.kind == "timer"]

    def snoozed(self) -> list[Timer]:
        """The alarms and reminders that were snoozed and will ring again; `remove_timer` takes one back."""
        return [each for each in self._timers() if each.kind != "timer"]

    def change_timer(self, id: int, seconds: float, now: datetime) -> Timer:
        """Add so many seconds; negative: take them away. Raises RecordsError, where there is no such timer, and where
        less than nothing or more than LONGEST_S would be left: nothing is changed."""
        with self._changing() as connection:
            was = _found(connection, id)
            left = _left(was, now, self._uptime()) + seconds
            _check(left)
            if was.due is None:
                connection.execute("UPDATE countdowns SET left_s = ? WHERE id = ?", (left, id))
            else:
                _run(connection, id, left, now, self._uptime())
            connection.execute("UPDATE countdowns SET seconds = seconds + ? WHERE id = ?", (seconds, id))
            return _found(connection, id).timer()

    def pause_timer(self, id: int, now: datetime) -> Timer:
        """Stop a timer until it is resumed; one that is paused stays so. Raises RecordsError: there is none, or it has
        ended."""
        with self._changing() as connection:
            was = _found(connection, id)
            if was.due is not None:
                left = _left(was, now, self._uptime())
                if left <= 0:
                    raise RecordsError(f"Timer {id} has ended.")
                connection.execute(
                    "UPDATE countdowns SET left_s = ?, due = NULL, boot = NULL, up_s = NULL WHERE id = ?", (left, id)
                )
            return _found(connection, id).timer()

    def resume_timer(self, id: int, now: datetime) -> Timer:
        """Let a timer run on; one that runs does. Raises RecordsError: there is none."""
        with self._changing() as connection:
            was = _found(connection, id)
            if was.left_s is not None:
                _run(connection, id, was.left_s, now, self._uptime())
            return _found(connection, id).timer()

    def remove_timer(self, id: int) -> Timer:
        """The one that is no more. Raises RecordsError: there is none."""
        with self._changing(erase=True) as connection:
            was = _found(connection, id)
            connection.execute("DELETE FROM countdowns WHERE id = ?", (id,))
            return was.timer()

    def snooze(self, ring: Ring, now: datetime, seconds: float = SNOOZE_S) -> Timer:
        """Let what rings ring again, so many seconds from now. It counts as heard until then. Raises RecordsError."""
        return self._start(ring.kind, ring.text, seconds, now, instead_of=ring.id)

    def _start(self, kind: BellKind, name: str, seconds: float, now: datetime, instead_of: int | None = None) -> Timer:
        _check(seconds)
        with self._changing() as connection:
            connection.execute("DELETE FROM rings WHERE id = ?", (instead_of,))
            row = (kind, name.strip(), seconds)
            new = connection.execute("INSERT INTO countdowns (kind, name, seconds) VALUES (?, ?, ?)", row).lastrowid
            _run(connection, new or 0, seconds, now, self._uptime())
            return _found(connection, new or 0).timer()

    def _timers(self) -> list[Timer]:
        with self._reading() as connection:
            return [each.timer() for each in countdowns(connection)]


def _check(seconds: float) -> None:
    if not math.isfinite(seconds) or not 0 < seconds <= LONGEST_S:
        raise RecordsError(f"A timer cannot have {seconds:g} s left: more than 0, at most {LONGEST_S:.0f} (a year).")


def _found(connection: sqlite3.Connection, id: int) -> Countdown:
    row = connection.execute(f"SELECT {COLUMNS} FROM countdowns WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise RecordsError(f"There is no timer {id}.", fix="see which there are: edge-agent timers list")
    return Countdown(*row)


def _left(row: Countdown, now: datetime, uptime: Uptime | None) -> float:
    due = row.due_at(now.timestamp(), uptime)
    return (row.left_s or 0.0) if due is None else due - now.timestamp()


def _run(connection: sqlite3.Connection, id: int, left: float, now: datetime, uptime: Uptime | None) -> None:
    boot, up_s = (uptime.boot, uptime.seconds + left) if uptime else (None, None)
    connection.execute(
        "UPDATE countdowns SET due = ?, boot = ?, up_s = ?, left_s = NULL WHERE id = ?",
        (now.timestamp() + left, boot, up_s, id),
    )
