"""SQLite file: how any database of ours is opened, what a transaction is, how its tables grow. Any thread may ask."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edge_agent.errors import RecordsError

BUSY_S = 5.0
"""How long an operation waits for one of another process. They take milliseconds."""


def connected(place: str, *pragmas: str) -> sqlite3.Connection:
    """A connection whose transactions are on the disk once they end, and of which nothing stays that was deleted.
    Raises sqlite3.Error."""
    connection = sqlite3.connect(place, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of what is done in the context is kept when it ends, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def migrate(connection: sqlite3.Connection, place: str, migrations: Sequence[Sequence[str]]) -> None:
    """The tables of this version: `migrations` are the statements that lead from each one to the next; each step is
    done whole, or not at all. Raises RecordsError for the file of a newer version, which stands at `place`."""
    while (version := _version(connection)) < len(migrations):
        with transaction(connection):
            if _version(connection) == version:
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
    if version > len(migrations):
        raise RecordsError(
            f"The records in {place} are of a newer edge-agent (version {version}; this one knows {len(migrations)}).",
            fix=f"start the newer edge-agent, or put them away: mv {place} {place}.newer",
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
