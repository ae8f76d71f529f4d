"""Ledger: what was booked, noted and begun. An appointment is written through `book` and `move` alone: the gate."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from edge_agent.desk.booking.ledger_file import LedgerFile
from edge_agent.desk.booking.openings import FreeTime, cells_of
from edge_agent.desk.file import Service
from edge_agent.errors import RecordsError

_FIELDS = "id, service, staff, start, end, name, phone, details, version"


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment."""

    id: int
    service: str
    staff: str
    start: datetime
    end: datetime
    name: str
    phone: str
    details: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    """How often it was changed."""

    def to_json(self) -> dict[str, Any]:
        return {
            **self.details,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "staff": self.staff or None,
            "service": self.service or None,
            "name": self.name or None,
            "phone": self.phone or None,
        }


class TimeGone(RecordsError):
    """What was offered is not free any more. Nothing was written."""


class BookingLedger(LedgerFile):
    """One connection; any thread may ask."""

    def taken(self, staff: str, first: int, last: int, but: int = 0) -> bool:
        """Whether one of those cells is taken by another booking than `but`."""
        found = self._connection.execute(
            "SELECT 1 FROM cells WHERE staff = ? AND cell >= ? AND cell < ? AND booking != ? LIMIT 1",
            (staff, first, last, but),
        )
        return found.fetchone() is not None

    def book(
        self,
        key: tuple[str, str],
        opening: FreeTime,
        service: Service,
        who: Mapping[str, Any],
        is_free: Callable[[], bool],
        now: datetime,
    ) -> Booking:
        """Write an appointment, once for each `key` (call, proposal). `is_free` looks again, in the transaction.

        Raises TimeGone, and RecordsError for what the disk refuses: nothing is written.
        """
        with self._changing() as connection:
            if (before := self._done(key)) is not None:
                return before
            values = (
                key[0],
                service.name,
                opening.staff,
                int(opening.start.timestamp()),
                int(opening.end.timestamp()),
                str(who.get("name") or ""),
                str(who.get("phone") or ""),
                json.dumps({name: value for name, value in who.items() if name not in ("name", "phone")}),
                int(now.timestamp()),
            )
            if not is_free():
                raise TimeGone("That time is not free any more.")
            cursor = connection.execute(
                "INSERT INTO bookings (call, service, staff, start, end, name, phone, details, made)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            id = int(cursor.lastrowid or 0)
            self._take(id, opening, service)
            connection.execute("INSERT INTO done VALUES (?, ?, ?)", (*key, id))
        return self.booking(id)

    def move(
        self, key: tuple[str, str], id: int, opening: FreeTime, service: Service, is_free: Callable[[], bool]
    ) -> Booking:
        """Let an appointment be at another time. Raises as `book` does."""
        with self._changing() as connection:
            if (before := self._done(key)) is not None:
                return before
            if not is_free() or self._find(id) is None:
                raise TimeGone("That time is not free any more.")
            connection.execute("DELETE FROM cells WHERE booking = ?", (id,))
            self._take(id, opening, service)
            connection.execute(
                "UPDATE bookings SET staff = ?, start = ?, end = ?, version = version + 1 WHERE id = ?",
                (opening.staff, int(opening.start.timestamp()), int(opening.end.timestamp()), id),
            )
            connection.execute("INSERT INTO done VALUES (?, ?, ?)", (*key, id))
        return self.booking(id)

    def cancel(self, key: tuple[str, str], id: int) -> Booking:
        """Take an appointment back; its time is free again. Raises RecordsError: there is none."""
        with self._changing() as connection:
            booking = self.booking(id)
            connection.execute("DELETE FROM cells WHERE booking = ?", (id,))
            connection.execute("UPDATE bookings SET is_cancelled = 1, version = version + 1 WHERE id = ?", (id,))
            connection.execute("INSERT OR IGNORE INTO done VALUES (?, ?, ?)", (*key, id))
        return booking

    def note(self, key: tuple[str, str], kind: str, values: Mapping[str, Any], now: datetime) -> None:
        """Keep something for the owner, once for each key: a message, a place on the waiting list, a filled form."""
        with self._changing() as connection:
            found = connection.execute("INSERT OR IGNORE INTO done VALUES (?, ?, NULL)", key)
            if found.rowcount:
                connection.execute(
                    "INSERT INTO notes (call, kind, values_json, made) VALUES (?, ?, ?, ?)",
                    (key[0], kind, json.dumps(values), int(now.timestamp())),
                )

    def notes(self, kind: str) -> list[dict[str, Any]]:
        """What was noted, the oldest first."""
        rows = self._connection.execute("SELECT values_json FROM notes WHERE kind = ? ORDER BY id", (kind,))
        return [json.loads(row[0]) for row in rows]

    def waiting(self) -> list[dict[str, Any]]:
        """The notes of those on the waiting list, the oldest first: of each number the last one, and nobody who has
        booked something since."""
        rows = self._connection.execute(
            "SELECT values_json FROM notes WHERE id IN (SELECT MAX(id) FROM notes WHERE kind = 'waiting'"
            " GROUP BY json_extract(values_json, '$.phone')) AND NOT EXISTS (SELECT 1 FROM bookings WHERE"
            " phone = json_extract(values_json, '$.phone') AND bookings.made >= notes.made AND NOT is_cancelled)"
            " ORDER BY id"
        )
        return [json.loads(row[0]) for row in rows]

    def begin(self, call: str, now: datetime, caller: str = "") -> None:
        """A call has begun. `caller`: the number it comes from."""
        with self._changing() as connection:
            row = (call, int(now.timestamp()), caller)
            connection.execute("INSERT OR IGNORE INTO calls (id, begun, caller) VALUES (?, ?, ?)", row)

    def broken_off(self, caller: str, since: datetime) -> str | None:
        """The state of the last call from this number, if it broke off in the middle and not before `since`. It goes
        on in the call that asks, once."""
        with self._changing() as connection:
            found = connection.execute(
                "SELECT id, outcome, ended, state FROM calls WHERE caller = ? ORDER BY begun DESC, rowid DESC LIMIT 1",
                (caller,),
            ).fetchone()
            if not caller or not found or found[1] != "draft" or found[2] < since.timestamp():
                return None
            connection.execute("UPDATE calls SET outcome = 'continued' WHERE id = ?", (found[0],))
            return str(found[3])

    def keep_state(self, call: str, state: str, outcome: str = "", ended: datetime | None = None) -> None:
        """Keep how far a call has come. Raises RecordsError."""
        with self._changing() as connection:
            connection.execute(
                "UPDATE calls SET state = ?, outcome = ?, ended = ? WHERE id = ?",
                (state, outcome, int(ended.timestamp()) if ended else None, call),
            )

    def calls(self) -> list[dict[str, Any]]:
        """The calls: id, begun, ended, outcome, state."""
        rows = self._connection.execute("SELECT id, begun, ended, outcome, state FROM calls ORDER BY begun, id")
        names = ("id", "begun", "ended", "outcome", "state")
        return [{**dict(zip(names, row, strict=True)), "state": json.loads(row[4])} for row in rows]

    def bookings(self) -> list[Booking]:
        """What is booked, the earliest first."""
        rows = self._connection.execute(f"SELECT {_FIELDS} FROM bookings WHERE NOT is_cancelled ORDER BY start, id")
        return [_booking(row, self._zone) for row in rows]

    def made_since(self, moment: datetime) -> int:
        """How many appointments were made since then, with those that were cancelled."""
        query = "SELECT COUNT(*) FROM bookings WHERE made >= ?"
        return int(self._connection.execute(query, (int(moment.timestamp()),)).fetchone()[0])

    def booking(self, id: int) -> Booking:
        """Raises RecordsError: there is none."""
        found = self._find(id)
        if found is None:
            raise RecordsError("There is no such appointment.")
        return found

    def sweep(self, now: datetime) -> None:
        """Forget what is older than is kept."""
        if self._keep == timedelta.max:
            return
        before = int((now - self._keep).timestamp())
        with self._changing() as connection:
            old = "SELECT id FROM bookings WHERE end < ?"
            connection.execute(f"DELETE FROM cells WHERE booking IN ({old})", (before,))
            connection.execute(f"DELETE FROM done WHERE booking IN ({old})", (before,))
            connection.execute("DELETE FROM bookings WHERE end < ?", (before,))
            connection.execute("DELETE FROM pushed WHERE booking NOT IN (SELECT id FROM bookings)")
            connection.execute("DELETE FROM notes WHERE made < ?", (before,))
            connection.execute("DELETE FROM calls WHERE begun < ?", (before,))

    def _find(self, id: int) -> Booking | None:
        query = f"SELECT {_FIELDS} FROM bookings WHERE id = ? AND NOT is_cancelled"
        row = self._connection.execute(query, (id,)).fetchone()
        return _booking(row, self._zone) if row else None

    def _done(self, key: tuple[str, str]) -> Booking | None:
        """What that proposal has come to already: a retry changes nothing."""
        query = "SELECT booking FROM done WHERE call = ? AND proposal = ?"
        row = self._connection.execute(query, key).fetchone()
        return self._find(row[0]) if row else None

    def _take(self, id: int, opening: FreeTime, service: Service) -> None:
        cells = cells_of(opening.start, opening.end, service)
        try:
            self._connection.executemany(
                "INSERT INTO cells VALUES (?, ?, ?)", [(opening.staff, cell, id) for cell in cells]
            )
        except sqlite3.IntegrityError:
            raise TimeGone("That time is not free any more.") from None


def _booking(row: tuple[Any, ...], zone: tzinfo) -> Booking:
    id, service, staff, start, end, name, phone, details, version = row
    times = (datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone))
    return Booking(id, service, staff, *times, name, phone, json.loads(details), version)
