"""Memory: facts that the user asked to be remembered. Nothing comes into it otherwise; and small choices of skills."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime

from edge_agent.act.records.database import Database
from edge_agent.act.records.rows import Fact
from edge_agent.errors import RecordsError

STEM = 4
"""Letters that two words must begin with alike to be taken for forms of one: "key" and "keys" are whole, "drawer" and
"drawers" too."""
ENOUGH = 0.5
"""The share of the best match that another one needs to be told as well."""


class Memory(Database):
    """The part of the records that the user dictates."""

    def remember(self, fact: str, now: datetime) -> Fact:
        """Raises RecordsError for no words. What is remembered already, word for word, stays once."""
        text = " ".join(fact.split())
        if not text:
            raise RecordsError("There is nothing to remember.")
        with self._changing() as connection:
            for id, said in connection.execute("SELECT id, said FROM facts WHERE text = ?", (text,)):
                return Fact(id, text, datetime.fromtimestamp(said, UTC))
            row = (text, now.timestamp())
            id = connection.execute("INSERT INTO facts (text, said) VALUES (?, ?)", row).lastrowid or 0
            return Fact(id, text, now.astimezone(UTC))

    def facts(self, about: str | None = None, ignoring: Collection[str] = ()) -> list[Fact]:
        """All facts, the oldest first; or those that share words with `about`, the best first. Rare words count more.
        `ignoring`: words, in lower case, that say nothing, such as `words_of(language).open_words`."""
        with self._reading() as connection:
            rows = connection.execute("SELECT id, text, said FROM facts ORDER BY id").fetchall()
        found = [Fact(id, text, datetime.fromtimestamp(said, UTC)) for id, text, said in rows]
        return found if about is None else _matching(found, _words(about) - set(ignoring))

    def forget(self, id: int) -> Fact:
        """The one that is no more; none of its words stays in the files. Raises RecordsError: there is none."""
        with self._changing(erase=True) as connection:
            row = connection.execute("SELECT id, text, said FROM facts WHERE id = ?", (id,)).fetchone()
            if row is None:
                raise RecordsError(f"Nothing is remembered as {id}.", fix="see what is: edge-agent memory list")
            connection.execute("DELETE FROM facts WHERE id = ?", (id,))
            return Fact(row[0], row[1], datetime.fromtimestamp(row[2], UTC))

    def forget_all(self) -> int:
        """How many there were."""
        with self._changing(erase=True) as connection:
            return connection.execute("DELETE FROM facts").rowcount


class Choices(Database):
    """The part of the records in which skills keep what the user chose, such as the volume."""

    def get(self, key: str) -> str | None:
        """None: nothing was chosen."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM choices WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str | None) -> None:
        """None: nothing is chosen any more. Nothing of what was stays in the files."""
        with self._changing(erase=True) as connection:
            if value is None:
                connection.execute("DELETE FROM choices WHERE key = ?", (key,))
            else:
                connection.execute("INSERT OR REPLACE INTO choices VALUES (?, ?)", (key, value))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _matching(facts: list[Fact], asked: set[str]) -> list[Fact]:
    shared = [{word for word in asked if any(_alike(word, other) for other in _words(fact.text))} for fact in facts]
    often = Counter(word for each in shared for word in each)
    score = {
        fact: sum(math.log(1 + len(facts) / often[word]) for word in words)
        for fact, words in zip(facts, shared, strict=True)
    }
    best = max(score.values(), default=0.0)
    return sorted(
        (fact for fact in facts if score[fact] and score[fact] >= ENOUGH * best), key=lambda fact: -score[fact]
    )


def _alike(one: str, other: str) -> bool:
    """Whether they are one word, or one is the beginning of the other: endings differ. "I" is none of "if"."""
    short, long = sorted((one, other), key=len)
    return one == other or (long.startswith(short) and len(short) >= max(2, min(STEM, len(long) - 1)))
