"""Waits: until when a thread waits for an engine in another process, and how often it has had an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Wait:
    """Of one thread, which alone changes it. The watchdog reads it."""

    answers: int = 0
    due_s: float | None = None
    """Of `time.monotonic`: by then it goes on, with an answer or without. None: it waits for no engine."""


_waits: dict[str, Wait] = {}


def wait_of(thread: str) -> Wait:
    """Of the thread of this name, which need not have begun."""
    return _waits.setdefault(thread, Wait())


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """The thread that calls this waits for an engine, `seconds` at most."""
    wait = wait_of(threading.current_thread().name)
    wait.due_s = time.monotonic() + seconds
    try:
        yield
        wait.answers += 1
    finally:
        wait.due_s = None
