"""Bells: what is due is given out, once; and what was given out to a process that ended before it was heard, again.

Whoever rings asks `due` every second or so: a command in a shell may add something, and the wall clock may be set.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from edge_agent.act.records.calls import Calls, Scheduled, calls, move, occurrence
from edge_agent.act.records.countdowns import Countdown, Timers, countdowns
from edge_agent.act.records.local import following, instant
from edge_agent.act.records.rows import Ring
from edge_agent.act.records.uptime import Uptime

MISSED_S = 600.0
"""What is later than that (the machine was off, the clock was set) is announced and does not ring. After a short power
cut an alarm still wakes."""
CLOCK_WAS_SET_S = 1.0
"""A step of the wall clock that is worth writing down. What is less, NTP slews."""
RINGS_KEPT = 100
"""How many that nobody has confirmed to have been heard."""


class Bells(Timers, Calls):
    """The part of the records that knows what is due."""

    def due(self, now: datetime) -> list[Ring]:
        """What is due and was not given out yet, the earliest first. It is marked in the same transaction: of several
        processes and threads one gets it, once, whoever is killed meanwhile.

        If nothing is due it reads, and writes nothing.
        """
        uptime = self._uptime()
        with self._reading() as connection:
            if not _wants_writing(connection, now, uptime):
                return []
        with self._changing() as connection:
            _follow_the_clock(connection, now, uptime)
            rings = [*_countdowns_due(connection, now, uptime), *_calls_due(connection, now)]
            connection.execute("DELETE FROM rings WHERE id <= (SELECT max(id) FROM rings) - ?", (RINGS_KEPT,))
        return sorted(rings, key=lambda ring: ring.due)

    def next_due(self, now: datetime) -> datetime | None:
        """When something is due next, in UTC; in the past, if something is due now. None: nothing ever."""
        uptime = self._uptime()
        with self._reading() as connection:
            running = [each.due_at(now.timestamp(), uptime) for each in countdowns(connection)]
            times = [datetime.fromtimestamp(due, UTC) for due in running if due is not None]
            times += [instant(each.next, now.tzinfo) for each in calls(connection)]
        return min(times, default=None)

    def heard(self, ring: Ring) -> None:
        """The ring has ended: somebody heard it, or it rang its minute. Raises RecordsError."""
        with self._changing(erase=True) as connection:
            connection.execute("DELETE FROM rings WHERE id = ?", (ring.id,))

    def unheard(self, now: datetime) -> list[Ring]:
        """What was given out and never `heard`, as missed: its process was killed, or the power went, while it rang.
        For the agent to ask once, when it starts: what rings in another process at that moment is among it."""
        with self._reading() as connection:
            rows = connection.execute("SELECT id, kind, name, due, seconds FROM rings ORDER BY due, id").fetchall()
        return [
            Ring(id, kind, name, datetime.fromtimestamp(due, UTC), missed=True, seconds=seconds)
            for id, kind, name, due, seconds in rows
        ]


def _wants_writing(connection: sqlite3.Connection, now: datetime, uptime: Uptime | None) -> bool:
    return any(
        due <= now.timestamp() or abs(due - each.due) > CLOCK_WAS_SET_S
        for each in countdowns(connection)
        if each.due is not None and (due := each.due_at(now.timestamp(), uptime)) is not None
    ) or any(instant(each.next, now.tzinfo) <= now or _sooner(each, now) for each in calls(connection))


def _sooner(call: Scheduled, now: datetime) -> datetime | None:
    """The next time of a repeat that waits for a day which a wrong clock has shown. None: it does not."""
    if not call.clock_was_wrong(now) or (repeat := call.repeat) is None:
        return None
    next = following(repeat, now)
    return next if next and next < call.next else None


def _follow_the_clock(connection: sqlite3.Connection, now: datetime, uptime: Uptime | None) -> None:
    """The wall clock was set: what is written down of countdowns is right again, and holds if the power goes."""
    for row in countdowns(connection):
        due = row.due_at(now.timestamp(), uptime)
        if due is not None and row.due is not None and abs(due - row.due) > CLOCK_WAS_SET_S:
            connection.execute("UPDATE countdowns SET due = ? WHERE id = ?", (due, row.id))
    for call in calls(connection):
        sooner = _sooner(call, now)
        if sooner:
            connection.execute("UPDATE calls SET next = ?, fold = 0 WHERE id = ?", (sooner.isoformat(), call.id))


def _countdowns_due(connection: sqlite3.Connection, now: datetime, uptime: Uptime | None) -> list[Ring]:
    rings = []
    for row in countdowns(connection):
        due = row.due_at(now.timestamp(), uptime)
        if due is not None and due <= now.timestamp():
            connection.execute("DELETE FROM countdowns WHERE id = ?", (row.id,))
            rings.append(_given_out(connection, row, datetime.fromtimestamp(due, UTC), now))
    return rings


def _calls_due(connection: sqlite3.Connection, now: datetime) -> list[Ring]:
    rings = []
    for call in calls(connection):
        found = occurrence(call, now)
        if found is None:
            continue
        due, next = found
        if call.repeat and call.has_rung(due, now):
            move(connection, call, next, call.done)
            continue
        move(connection, call, next, due.timestamp())
        rings.append(_given_out(connection, call, due, now))
    return rings


def _given_out(connection: sqlite3.Connection, row: Countdown | Scheduled, due: datetime, now: datetime) -> Ring:
    seconds = row.seconds if isinstance(row, Countdown) and row.kind == "timer" else 0.0
    values = (row.kind, row.name, due.timestamp(), seconds)
    id = connection.execute("INSERT INTO rings (kind, name, due, seconds) VALUES (?, ?, ?, ?)", values).lastrowid
    missed = (now - due).total_seconds() > MISSED_S
    return Ring(id or 0, row.kind, row.name, due, missed, seconds)
