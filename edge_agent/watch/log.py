"""Events as JSON lines: the contract that outside measurement relies on (docs/events.md)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import TracebackType

from edge_agent.errors import InputError
from edge_agent.events import Event
from edge_agent.state import new_private
from edge_agent.watch.refusal import Refusal


class EventFile:
    """One event a line, written and flushed as it happens, so that a crash loses nothing.

    It holds what was said: the file is a new one for its owner alone (0600), in the place of one that was there.
    """

    def __init__(self, path: Path) -> None:
        self._refusal = Refusal(path, "events")
        try:
            self._file = io.TextIOWrapper(new_private(path), encoding="utf-8")
        except OSError as error:
            raise InputError(f"Events cannot be written to {path} ({error.strerror}).") from error

    def __call__(self, event: Event) -> None:
        if self._refusal:
            return
        with self._refusal.noted():
            self._file.write(json.dumps(event.to_json(), ensure_ascii=False) + "\n")
            self._file.flush()

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Raises StateError for a file that lacks events, where nothing worse is on its way."""
        with self._refusal.noted():  # what was left in the buffer is refused once more
            self._file.close()
        if kind is None:
            self._refusal.tell()
