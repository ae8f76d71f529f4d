"""Waits: until when a thread waits for an engine in another process, and how many steps engines have done for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Wait:
    """The wait of one thread, which alone changes it. The watchdog reads it."""

    steps: int = 0
    """Answers of an engine in another process, steps of one in this."""
    due_s: float | None = None
    """The time (`time.monotonic`) by which it goes on, with an answer or without. None: it waits for no engine."""


_waits: dict[str, Wait] = {}


def wait_of(thread: str) -> Wait:
    """The wait of the thread of this name, which need not have begun."""
    return _waits.setdefault(thread, Wait())


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """The thread that calls this waits for an engine, `seconds` at most."""
    wait = wait_of(threading.current_thread().name)
    wait.due_s = time.monotonic() + seconds
    try:
        yield
        wait.steps += 1
    finally:
        wait.due_s = None


def stepped() -> None:
    """An engine has done a step for the thread that calls this: it is busy, and does not hang."""
    wait_of(threading.current_thread().name).steps += 1
