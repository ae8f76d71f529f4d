"""Refusal: a disk that takes no more ends what is written to it, not the conversation."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import StateError

log = logging.getLogger(__name__)


class Refusal:
    """The refusal of one file; false as long as there was none. It is said when it happens, and by the command at its
    end."""

    def __init__(self, path: Path, missing: str) -> None:
        """`missing`: what `path` does not hold all of, after a refusal."""
        self._path, self._missing = path, missing
        self._first: OSError | None = None

    def __bool__(self) -> bool:
        return self._first is not None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """No OSError leaves it."""
        try:
            yield
        except OSError as error:
            if self._first is None:
                self._first = error
                log.warning("Nothing more is written to %s (%s).", self._path, error.strerror)

    def tell(self) -> None:
        """Raises StateError if there was one."""
        if self._first is not None:
            raise StateError(
                f"{self._path} does not hold all {self._missing} ({self._first.strerror}).",
                fix="see that the disk has room, or name a place on another one",
            )
