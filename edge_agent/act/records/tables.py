"""Tables: what the file of the records holds, version by version. A version that was released is never changed."""

from __future__ import annotations

FIRST = (
    # kind: what rings. due: UTC, in seconds. boot, up_s: the same by the uptime of the boot in which it was started.
    # left_s: seconds that were left when it was paused; due, boot and up_s are NULL then.
    """CREATE TABLE countdowns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, seconds REAL NOT NULL,
        due REAL, boot TEXT, up_s REAL, left_s REAL)""",
    # next: by the owner's wall clock, ISO without a zone; fold: which of two. days: a bit each, Monday the lowest.
    # first: where an rrule begins. done: UTC, in seconds; what was due until then has rung, or was before its time.
    """CREATE TABLE calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, next TEXT NOT NULL,
        fold INTEGER NOT NULL, days INTEGER NOT NULL, first TEXT NOT NULL, rrule TEXT, done REAL NOT NULL)""",
    # Given out, and not known to have been heard.
    """CREATE TABLE rings (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, due REAL NOT NULL,
        seconds REAL NOT NULL)""",
    # key: the name as it is compared.
    """CREATE TABLE lists (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL)""",
    """CREATE TABLE items (
        id INTEGER PRIMARY KEY AUTOINCREMENT, list INTEGER NOT NULL REFERENCES lists ON DELETE CASCADE,
        key TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (list, key))""",
    """CREATE TABLE facts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, said REAL NOT NULL)""",
    """CREATE TABLE choices (key TEXT PRIMARY KEY, value TEXT NOT NULL)""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST,)
"""The statements that lead from each version to the next one."""
