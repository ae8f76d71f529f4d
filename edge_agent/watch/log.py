"""Events as JSON lines: the contract that outside measurement relies on (docs/events.md)."""

from __future__ import annotations

import json
import logging
import os
from functools import partial
from pathlib import Path
from types import TracebackType

from edge_agent.errors import InputError, StateError
from edge_agent.types import Event

log = logging.getLogger(__name__)


class EventFile:
    """One event a line, written and flushed as it happens, so that a crash loses nothing.

    A disk that refuses does not end the conversation: that is said at once, nothing more is written, and the command
    fails at its end. It holds what was said: the file is made for its owner alone (0600). A file that is there keeps
    its mode.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refusal: OSError | None = None
        try:
            self._file = open(path, "w", encoding="utf-8", opener=partial(os.open, mode=0o600))  # noqa: SIM115
        except OSError as error:
            raise InputError(f"Events cannot be written to {path} ({error.strerror}).") from error

    def __call__(self, event: Event) -> None:
        if self._refusal:
            return
        try:
            self._file.write(json.dumps(event.to_json(), ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        self._refusal = error
        log.warning("Events are no longer written to %s (%s).", self._path, error.strerror)

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Raises StateError for a file that lacks events, where nothing worse is on its way."""
        try:
            self._file.close()
        except OSError as refusal:  # what was left in the buffer is refused once more
            self._refusal = self._refusal or refusal
        if self._refusal and kind is None:
            raise StateError(
                f"{self._path} does not hold all events ({self._refusal.strerror}).",
                fix="see that the disk has room, or name a file on another one",
            )
