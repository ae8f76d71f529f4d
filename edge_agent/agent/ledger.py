"""Ledger: what was really said, by both sides. The prompt's history is made from it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

KEPT = 8192
"""Entries; older ones are forgotten. A turn has two and takes some 40 tokens at least, so that the largest context that
can be set (131,072) holds fewer."""


@dataclass(frozen=True, slots=True)
class Said:
    turn: int
    who: Literal["user", "agent"]
    text: str
    """What was said; of the agent only the words that sounded."""
    whole: bool = True
    """False where the agent was interrupted."""


class Ledger:
    """Shared between threads: appends under a lock, reads give a snapshot."""

    def __init__(self) -> None:
        self._entries: list[Said] = []
        self._lock = threading.Lock()

    def add(self, entry: Said) -> None:
        with self._lock:
            self._entries.append(entry)
            del self._entries[:-KEPT]

    def withdraw(self, turn: int) -> None:
        """Forget a turn that failed before anything was heard of its answer. The user is asked to say it again, and an
        LLM that failed on it is not given it again with every turn that follows."""
        with self._lock:
            self._entries = [entry for entry in self._entries if entry.turn != turn]

    def entries(self) -> tuple[Said, ...]:
        with self._lock:
            return tuple(self._entries)
