"""Undoing: what the tables hold before and after something is done, and the way back."""

from __future__ import annotations

from typing import Any

from edge_agent.act.records.database import Database
from edge_agent.errors import RecordsError

TABLES = ("lists", "items", "countdowns", "calls", "facts", "choices")
"""What an undo puts back, in the order in which one refers to another. What has rung stays so."""
RecordsState = dict[str, dict[Any, tuple[Any, ...]]]
"""The rows of each table by their first column."""


class Undoing(Database):
    """The part of the records that takes a change back."""

    def state(self) -> RecordsState:
        """All that an undo puts back. It is read in a fraction of a millisecond: an owner has some hundred rows."""
        with self._reading() as connection:
            return {table: {row[0]: row for row in connection.execute(f"SELECT * FROM {table}")} for table in TABLES}

    def take_back(self, before: RecordsState, after: RecordsState) -> None:
        """Rows that differ are as they were before; others, changed since, stay. Raises RecordsError: what was done is
        over already, as a timer is that has rung since."""
        with self._changing(erase=True) as connection:
            for table in reversed(TABLES):
                delete = f"DELETE FROM {table} WHERE {'key' if table == 'choices' else 'id'} = ?"
                for id in (id for id, row in after[table].items() if row != before[table].get(id)):
                    if not connection.execute(delete, (id,)).rowcount:
                        raise RecordsError("That is over already.")
            for table in TABLES:
                for row in (row for id, row in before[table].items() if row != after[table].get(id)):
                    connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
