"""Index: the passages of a folder in SQLite's FTS5, read anew where a file has changed."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from edge_agent.desk.answers.documents import Unreadable, files_of, read
from edge_agent.desk.answers.lexicon import Lexicon, hyphened, terms
from edge_agent.desk.answers.passages import Passage, passages_of

_TABLES = """
CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, signature TEXT, why TEXT, dropped INTEGER);
CREATE TABLE IF NOT EXISTS passage (id INTEGER PRIMARY KEY, document TEXT, context TEXT, sentences TEXT, label TEXT);
"""
_TERMS = """
DROP TABLE IF EXISTS terms;
CREATE VIRTUAL TABLE terms USING fts5(words, tokenize="unicode61 tokenchars '+'");
"""
VERSION = 1
"""How documents are taken apart; an index of another version is made anew."""
CANDIDATES = 24
"""Passages that are looked at for a question."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A passage with the terms of its parts."""

    passage: Passage
    sentences: tuple[frozenset[str], ...]
    label: frozenset[str]
    context: frozenset[str]
    name: frozenset[str]
    """Those of the name of the document."""


class Index:
    """The documents of one folder. Threads do not share it."""

    def __init__(self, folder: Path, lexicon: Lexicon, file: Path | None, abbreviations: tuple[str, ...] = ()) -> None:
        """`file`: where it is kept; None: in memory."""
        self._folder, self._plain_lexicon, self._abbreviations = folder, lexicon, abbreviations
        self.lexicon = lexicon
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False)
        if self._database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            for table in ("document", "passage"):
                self._database.execute(f"DROP TABLE IF EXISTS {table}")
            self._database.execute(f"PRAGMA user_version = {VERSION}")
        self._database.executescript(_TABLES)
        self._passages: dict[int, Weighed] = {}
        self._rarity: dict[str, float] = {}
        self.refresh(always=True)

    def close(self) -> None:
        self._database.close()

    def refresh(self, *, always: bool = False) -> None:
        """Reads files that are new or have changed, and forgets those that are gone."""
        known = dict(self._database.execute("SELECT name, signature FROM document"))
        files = {file.relative_to(self._folder).as_posix(): file for file in files_of(self._folder)}
        now = {name: _signature(file) for name, file in files.items()}
        if known == now and not always:
            return
        self._database.execute("BEGIN")
        for name in {*known, *now}:
            if known.get(name) != now.get(name):
                self._database.execute("DELETE FROM document WHERE name = ?", (name,))
                self._database.execute("DELETE FROM passage WHERE document = ?", (name,))
                if name in files:
                    self._take_in(files[name], now[name])
        self._database.execute("COMMIT")
        self._load()

    @property
    def unreadable(self) -> list[str]:
        """A sentence for each file that cannot be quoted, or not all of it."""
        rows = self._database.execute("SELECT name, why, dropped FROM document ORDER BY name").fetchall()
        orders = "{} has {} line{} that would give orders to an LLM; they are never quoted."
        return [why or orders.format(name, count, "s" * (count != 1)) for name, why, count in rows if why or count]

    @property
    def passages(self) -> list[Passage]:
        """All of them, in the order of the documents."""
        return [each.passage for each in self._passages.values()]

    def likely(self, wanted: set[str], document: str = "") -> list[Weighed]:
        """The passages that have some of the terms, in the order of the documents; those of `document` always."""
        quoted = " OR ".join(f'"{term}"' for term in sorted(wanted))
        rows = self._database.execute(
            "SELECT rowid FROM terms WHERE terms MATCH ? ORDER BY bm25(terms) LIMIT ?", (quoted or '""', CANDIDATES)
        )
        found = {number: self._passages[number] for (number,) in rows}
        beside = {n: each for n, each in self._passages.items() if document and each.passage.document == document}
        return [each for _, each in sorted({**found, **beside}.items())]

    def rarity(self, term: str) -> float:
        """How much a term tells: the logarithm of how few passages have it; most if none does."""
        return self._rarity.get(term, math.log(2 + len(self._passages)))

    def knows(self, term: str) -> bool:
        return term in self._rarity

    @property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self._rarity)

    def _take_in(self, file: Path, signature: str) -> None:
        found = read(file, self._folder)
        why, dropped = (found.why, 0) if isinstance(found, Unreadable) else ("", found.dropped)
        row = (found.name, signature, why, dropped)
        self._database.execute("INSERT INTO document VALUES (?, ?, ?, ?)", row)
        if not isinstance(found, Unreadable):
            for each in passages_of(found.name, found.text, self._abbreviations):
                values = (each.document, each.context, json.dumps(each.sentences), each.label)
                self._database.execute(
                    "INSERT INTO passage (document, context, sentences, label) VALUES (?, ?, ?, ?)", values
                )

    def _load(self) -> None:
        """The terms of all passages. They depend on each other: a compound of one document is one in all."""
        rows = self._database.execute(
            "SELECT id, document, context, sentences, label FROM passage ORDER BY document, id"
        ).fetchall()
        texts = (text for row in rows for text in (row[2], row[3]))
        self.lexicon = self._plain_lexicon.with_compounds(each for text in texts for each in hyphened(text))
        self._passages = {}
        self._database.executescript(_TERMS)
        spread: Counter[str] = Counter()
        for number, document, context, sentences, label in rows:
            passage = Passage(document, context, tuple(json.loads(sentences)), label)
            weighed = self._weighed(passage)
            self._passages[number] = weighed
            every = weighed.context.union(*weighed.sentences)
            spread.update(every)
            self._database.execute("INSERT INTO terms (rowid, words) VALUES (?, ?)", (number, " ".join(sorted(every))))
        self._rarity = {term: math.log(1 + (len(rows) + 1) / count) for term, count in spread.items()}

    def _weighed(self, passage: Passage) -> Weighed:
        said = [frozenset(terms(each, self.lexicon)) for each in passage.sentences]
        label, context = (frozenset(terms(each, self.lexicon)) for each in (passage.label, passage.context))
        name = frozenset(terms(re.sub(r"[_\W]+", " ", passage.document.rpartition(".")[0]), self.lexicon))
        return Weighed(passage, tuple(said), label, context, name)


def _signature(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_mtime_ns}:{stat.st_size}"
