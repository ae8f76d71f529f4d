"""Notes: messages that callers have left for the owner: who, where they are reached, what for; a line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from threading import Lock

from edge_agent.state import write_whole

FILE = "caller_messages.jsonl"
KEPT = 500
"""The last messages that are kept."""


@dataclass(frozen=True, slots=True)
class Note:
    at: str
    """When it was left: ISO 8601 with its offset."""
    caller: str
    """The number that the call came from, as the caller claims."""
    name: str
    """The name of who has called, as they said it."""
    number: str
    """The number where they want to be called back, as digits where they were understood."""
    text: str
    who: str = ""
    """The person that they wanted, if they said."""


class Notes:
    """Those in a folder, the newest last. Only the owner may read the file."""

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / FILE, Lock()

    def add(self, note: Note) -> None:
        """Raises OSError: a message that is not kept must not be promised."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            write_whole(self._file, "".join(json.dumps(asdict(each)) + "\n" for each in [*self.all(), note][-KEPT:]))

    def all(self) -> Sequence[Note]:
        """All that are kept; what is no message is left out."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [note for line in lines if (note := _read(line))]


def _read(line: str) -> Note | None:
    try:
        told = json.loads(line)
        return Note(**{each.name: told[each.name] for each in fields(Note)})
    except (ValueError, KeyError, TypeError):
        return None
