"""Database: the file of the records. Who may read it, what happens when it is damaged.

An operation is one transaction, synced to the disk before it returns. Several processes may have it open: the agent,
and a command in a shell beside it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from edge_agent.act.records.tables import MIGRATIONS
from edge_agent.act.records.uptime import Uptime
from edge_agent.errors import RecordsError
from edge_agent.sqlite_file import connected, migrate, transaction
from edge_agent.state import alone_with, mend, sync

log = logging.getLogger(__name__)

FOREIGN_KEYS = "foreign_keys = ON"
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
UptimeClock = Callable[[], Uptime | None]


class Database:
    """One connection, one lock: any thread may ask."""

    damage: str | None = None
    """A sentence for the owner, if the file was damaged when it was opened and a new one was begun."""

    def __init__(self, path: Path | None, uptime: UptimeClock | None = None) -> None:
        """The records in the file `path`, which is made where there is none; None: in memory, gone with the process.
        `uptime` tells elapsed time where the wall clock is changed; without it the wall clock is all there is.

        Raises RecordsError for a file of a newer edge_agent, and for one that may not be used. One that is damaged is
        moved aside, and a new one begun: an alarm clock that does not start is no use. `damage` then says so.
        """
        self._path, self._uptime = path, uptime or (lambda: None)
        self._lock = RLock()
        if path is None:
            self._connection = connected(":memory:", FOREIGN_KEYS)
            migrate(self._connection, "memory", MIGRATIONS)
        else:
            self._connection, self.damage = _opened(path)

    def close(self) -> None:
        """Nothing is kept after that. What was kept before is on the disk already."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Raises RecordsError."""
        with self._lock, _in_words(self._path, "The records cannot be read"):
            yield self._connection

    @contextmanager
    def _changing(self, *, erase: bool = False) -> Iterator[sqlite3.Connection]:
        """All of what is done in the context is kept when it ends, or nothing. `erase`: the user deletes words, of
        which nothing stays in the files. Raises RecordsError: nothing is changed."""
        with self._lock, _in_words(self._path, "The records are not changed"):
            with transaction(self._connection) as connection:
                yield connection
            if erase:
                with suppress(sqlite3.Error):  # somebody reads: the next one does it
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _in_words(path: Path | None, what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RecordsError(f"{what}: {path} ({error}).", fix=_fix(error, path)) from error


def _fix(error: sqlite3.Error, path: Path | None) -> str | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in DAMAGED:
        return "start the agent again: it moves the damaged file aside and begins a new one"
    if code == sqlite3.SQLITE_FULL:
        return "make room on the disk"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM) and path:
        return f"let your user write it: ls -l {path}"
    return None


def _opened(path: Path) -> tuple[sqlite3.Connection, str | None]:
    """The connection, and what was damaged. One process at a time: none makes, migrates or moves it beside another."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_with(path.parent), _in_words(path, "The records cannot be opened"):
            _make(path)
            try:
                return _whole(path), None
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in DAMAGED:
                    raise
                damage = _move_aside(path, error)
            _make(path)
            return _whole(path), damage
    except OSError as error:
        fix = mend(error, path.parent, "timers list")
        raise RecordsError(f"The records cannot be opened: {path} ({error.strerror}).", fix=fix) from error


def _make(path: Path) -> None:
    """An empty file for its owner alone, if there is none; SQLite gives its -wal and -shm the same mode. One that is
    there is not opened: closing it would lift the locks that SQLite holds on it in this process."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        with suppress(PermissionError):  # another's, and SQLite will say what it thinks of it
            path.chmod(0o600)
        return
    if os.geteuid() == 0:  # for the system service, which is not root
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)
    sync(path.parent)


def _whole(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.DatabaseError with a code of DAMAGED, among others."""
    connection = connected(str(path), FOREIGN_KEYS)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            damaged = sqlite3.DatabaseError(found)
            damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damaged
        migrate(connection, str(path), MIGRATIONS)
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(path: Path, error: sqlite3.Error) -> str:
    """Nothing is deleted: `sqlite3 FILE .recover` may find some of it."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    sync(path.parent)
    sentence = f"The timers, alarms, reminders, lists and memory were damaged ({error}). They lie in {aside}."
    log.error("%s A new file was begun.", sentence)
    return sentence
