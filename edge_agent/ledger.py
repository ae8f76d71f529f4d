"""Ledger: what was really said, by both sides. Append-only; the prompt's history is made from it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Said:
    turn: int
    who: Literal["user", "agent"]
    text: str
    """For the agent: only the words that sounded."""
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

    def entries(self) -> tuple[Said, ...]:
        with self._lock:
            return tuple(self._entries)
