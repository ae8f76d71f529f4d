"""Lists: named, such as "shopping", with items in the order in which they came. Case and blanks do not matter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge_agent.act.records.database import Database
from edge_agent.errors import RecordsError


def key_of(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.casefold().split())


class Lists(Database):
    """The part of the records that holds lists. A list comes to be with its first item."""

    def lists(self) -> list[str]:
        """The names as they were given first, by the alphabet; empty lists too."""
        with self._reading() as connection:
            return [name for (name,) in connection.execute("SELECT name FROM lists ORDER BY key")]

    def items(self, list: str) -> list[str]:
        """The items, the oldest first. A list that is not there has none."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT name FROM items WHERE list = (SELECT id FROM lists WHERE key = ?) ORDER BY id", (key_of(list),)
            )
            return [name for (name,) in rows]

    def add_items(self, list: str, items: Iterable[str]) -> list[str]:
        """Those that were new; what is on it already stays once, where it was. Raises RecordsError for no name."""
        if not key_of(list):
            raise RecordsError("A list needs a name.")
        named = [" ".join(each.split()) for each in items]
        with self._changing() as connection:
            id = _made(connection, list)
            return [
                name
                for name in named
                if name
                and connection.execute(
                    "INSERT INTO items (list, key, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (id, key_of(name), name),
                ).rowcount
            ]

    def remove_item(self, list: str, item: str) -> bool:
        """Whether it was on the list."""
        with self._changing(erase=True) as connection:
            removed = connection.execute(
                "DELETE FROM items WHERE key = ? AND list = (SELECT id FROM lists WHERE key = ?)",
                (key_of(item), key_of(list)),
            )
            return removed.rowcount > 0

    def clear_list(self, list: str) -> int:
        """Remove all items; how many there were. The list stays."""
        with self._changing(erase=True) as connection:
            return connection.execute(
                "DELETE FROM items WHERE list = (SELECT id FROM lists WHERE key = ?)", (key_of(list),)
            ).rowcount

    def remove_list(self, list: str) -> bool:
        """Remove the list and what is on it. Whether it was there."""
        with self._changing(erase=True) as connection:
            return connection.execute("DELETE FROM lists WHERE key = ?", (key_of(list),)).rowcount > 0


def _made(connection: sqlite3.Connection, name: str) -> int:
    row = (key_of(name), " ".join(name.split()))
    connection.execute("INSERT INTO lists (key, name) VALUES (?, ?) ON CONFLICT DO NOTHING", row)
    return int(connection.execute("SELECT id FROM lists WHERE key = ?", row[:1]).fetchone()[0])
