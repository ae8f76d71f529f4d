"""Pushes: which appointments the server has, in which version; kept beside them, so that none is put there twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from edge_agent.desk.booking.ledger_file import LedgerFile


@dataclass(frozen=True, slots=True)
class Push:
    """An appointment whose last change the server does not have."""

    booking: int
    staff: str
    version: int
    is_cancelled: bool
    url: str
    """The collection that it was put into; "": none yet."""
    name: str
    etag: str
    """ "": it is not known whether it arrived."""


class Pushes(LedgerFile):
    """A connection of its own to a ledger's file."""

    def due(self, now: datetime) -> list[Push]:
        """What is to be brought to the server, the oldest first."""
        rows = self._connection.execute(
            "SELECT b.id, b.staff, b.version, b.is_cancelled, COALESCE(p.url, ''), COALESCE(p.name, ''),"
            " COALESCE(p.etag, '') FROM bookings AS b LEFT JOIN pushed AS p ON p.booking = b.id"
            " WHERE (p.booking IS NULL AND NOT b.is_cancelled AND b.end >= ?) OR p.version != b.version ORDER BY b.id",
            (int(now.timestamp()),),
        )
        return [Push(id, staff, version, bool(gone), *rest) for id, staff, version, gone, *rest in rows]

    def begin(self, push: Push, url: str) -> Push:
        """It is about to be put into a collection, under a name that nothing else has. Kept before it is done: who
        tries again asks whether it is there."""
        name = f"{uuid4().hex}.ics"
        with self._changing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO pushed (booking, url, name, etag, version) VALUES (?, ?, ?, '', -1)",
                (push.booking, url, name),
            )
        return Push(push.booking, push.staff, push.version, push.is_cancelled, url, name, "")

    def done(self, push: Push, etag: str, problem: str = "") -> None:
        """The server has it, or is left as it is for that reason."""
        with self._changing() as connection:
            connection.execute(
                "UPDATE pushed SET etag = ?, version = ?, problem = ? WHERE booking = ?",
                (etag, push.version, problem, push.booking),
            )

    def own(self, url: str) -> set[str]:
        """The names of what was put into a collection and is as it was put there."""
        rows = self._connection.execute(
            "SELECT pushed.name FROM pushed JOIN bookings ON id = booking"
            " WHERE url = ? AND problem = '' AND NOT is_cancelled",
            (url,),
        )
        return {row[0] for row in rows}

    def problems(self) -> list[tuple[int, str]]:
        """The appointments that the server has otherwise, each with what is wrong."""
        query = "SELECT booking, problem FROM pushed WHERE problem != '' ORDER BY booking"
        return list(self._connection.execute(query))
