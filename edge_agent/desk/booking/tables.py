"""Tables: what a desk keeps, in SQLite; each migration is whole or not at all."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE bookings (
            id INTEGER PRIMARY KEY, call TEXT NOT NULL, service TEXT NOT NULL, staff TEXT NOT NULL,
            start INTEGER NOT NULL, end INTEGER NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL,
            details TEXT NOT NULL, made INTEGER NOT NULL, is_cancelled INTEGER NOT NULL DEFAULT 0,
            version INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE cells (
            staff TEXT, cell INTEGER, booking INTEGER NOT NULL, PRIMARY KEY (staff, cell)
        ) WITHOUT ROWID""",
        """CREATE TABLE done (
            call TEXT, proposal TEXT, booking INTEGER, PRIMARY KEY (call, proposal)
        ) WITHOUT ROWID""",
        """CREATE TABLE notes (
            id INTEGER PRIMARY KEY, call TEXT NOT NULL, kind TEXT NOT NULL, values_json TEXT NOT NULL,
            made INTEGER NOT NULL
        )""",
        """CREATE TABLE calls (
            id TEXT PRIMARY KEY, begun INTEGER NOT NULL, ended INTEGER, outcome TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL DEFAULT '{}'
        )""",
    ),
    ("ALTER TABLE calls ADD COLUMN caller TEXT NOT NULL DEFAULT ''",),
    (
        """CREATE TABLE pushed (
            booking INTEGER PRIMARY KEY, url TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL,
            version INTEGER NOT NULL, problem TEXT NOT NULL DEFAULT ''
        )""",
    ),
)
"""Times are seconds since 1970."""
