"""Shows on stderr how a pull gets on: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from edge_agent.store.manifest import Entry

_STEP_PERCENT = 20


class Lines:
    """Plain lines, for logs: what is said, and every fifth of each model."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def progress(self, entry: Entry, done: int) -> None:
        percent = 100 * done // entry.bytes
        if percent >= self._next.get(entry.name, 0):
            self._next[entry.name] = percent - percent % _STEP_PERCENT + _STEP_PERCENT
            self.say(f"{entry.name}: {percent} % of {entry.bytes / 1e6:.1f} MB")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


class Bars:
    """A rich progress bar for each model."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._console = Console(stderr=True, highlight=False)
        self._bars = Progress(TextColumn("{task.description}"), *columns, console=self._console)
        self._tasks: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def progress(self, entry: Entry, done: int) -> None:
        if entry.name not in self._tasks:
            self._tasks[entry.name] = self._bars.add_task(entry.name, total=entry.bytes)
        self._bars.update(self._tasks[entry.name], completed=done)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()


def progress() -> Bars | Lines:
    """A context manager, and the watcher of a pull."""
    return Bars() if sys.stderr.isatty() else Lines()
