"""LedgerFile: the database of a ledger: who opens it when."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta, tzinfo
from pathlib import Path
from threading import RLock

from edge_agent.desk.booking.tables import MIGRATIONS
from edge_agent.errors import RecordsError
from edge_agent.sqlite_file import connected, migrate, transaction
from edge_agent.state import alone_with

NAME = "desk.sqlite"
LOCK = "desk.lock"


class LedgerFile:
    def __init__(self, folder: Path | None, zone: tzinfo, keep: timedelta = timedelta(days=30)) -> None:
        """The file in that folder; None: in memory. Times come back in `zone`. Raises RecordsError."""
        self._lock, self._keep, self._zone, self._folder = RLock(), keep, zone, folder
        self._place = str(folder / NAME) if folder else ":memory:"
        with _in_words(self._place):
            if folder:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(folder):
                self._connection = connected(self._place)
                migrate(self._connection, self._place, MIGRATIONS)

    def close(self) -> None:
        with self._lock, _alone(self._folder):
            self._connection.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """All of what is done in the context is kept when it ends, or nothing."""
        with self._lock, _in_words(self._place), transaction(self._connection):
            yield self._connection


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """One line at a time opens or closes the file: SQLite says at once that it is locked, where two do (8 of 2,400
    openings by two processes). The file is created here and opened by SQLite alone: whoever else closes it lets go of
    the locks that SQLite holds in this process (sqlite.org/howtocorrupt.html, 2.2)."""
    if folder is None:
        yield
        return
    with alone_with(folder / LOCK, os.O_CREAT | os.O_RDWR):
        if not (folder / NAME).exists():
            os.close(os.open(folder / NAME, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        yield


@contextmanager
def _in_words(place: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RecordsError(f"What the agent books cannot be kept: {place} ({error}).") from error
