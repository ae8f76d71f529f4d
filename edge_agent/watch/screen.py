"""Screen: a terminal on which one text runs on while others wait for the end of its line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

WAITING = 20
"""So many lines wait for a text that runs on; the next one ends it."""


class Screen:
    """A screen shows lines, and an answer as it is said: on one running line, into which no other line breaks.

    `line` writes a line, `run` a text as it is. May be used by several threads.
    """

    def __init__(self, line: Callable[[str], object], run: Callable[[str], object] = lambda text: None) -> None:
        self._line, self._run = line, run
        self._waiting: list[Callable[[], object]] = []
        self._running = False
        self._lock = threading.RLock()

    def line(self, text: str) -> None:
        """The text has a line of its own, now or when the text that runs on has ended."""
        self.aside(partial(self._line, text))

    def aside(self, write: Callable[[], object]) -> None:
        """Calls `write`, which writes whole lines, at a moment when no text runs on."""
        with self._lock:
            if not self._running:
                write()
                return
            self._waiting.append(write)
            if len(self._waiting) > WAITING:
                self.end()

    def run_on(self, text: str) -> None:
        """The text goes on where the last one ended."""
        with self._lock:
            self._running = True
            self._run(text)

    def end(self) -> None:
        """The text that runs on is over: what has waited is written."""
        with self._lock:
            if not self._running:
                return
            self._run("\n")
            self._running = False
            waiting, self._waiting = self._waiting, []
            for write in waiting:
                write()

    @contextmanager
    def beside_logs(self, log: logging.Logger | None = None) -> Iterator[None]:
        """Within it the lines of the log, of the root's if none is given, wait like all others."""
        handlers = [each for each in (log or logging.getLogger()).handlers if isinstance(each, logging.StreamHandler)]
        before = [(each, each.setStream(_Aside(self, each.stream))) for each in handlers]
        try:
            yield
        finally:
            self.end()
            for handler, stream in before:
                if stream is not None:
                    handler.setStream(stream)


class _Aside:
    """The stream of a handler of the log, whose writes wait."""

    def __init__(self, screen: Screen, stream: TextIO) -> None:
        self._screen, self._stream = screen, stream

    def write(self, text: str) -> None:
        self._screen.aside(partial(self._stream.write, text))

    def flush(self) -> None:
        self._stream.flush()
