"""OnLoop: the host as the doors see it, whose reports come on the asyncio loop that opened the link."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from edge_agent.host.jobs import Report
from edge_agent.host.link import Link
from edge_agent.host.work import Work


class OnLoop:
    def __init__(self, host: Work) -> None:
        self._host = host

    def open(self, post: Callable[[Report], object]) -> Link:
        """A link for the running loop, on which it is used and `post` is called. It must be closed."""
        return self._host.open(post, LoopWake())


class LoopWake:
    """Runs things on the loop, which is woken once for all that comes before it has got to it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], None]] = deque()
        self._due = False
        """Whether the loop was asked to come."""

    def __call__(self, deliver: Callable[[], None]) -> None:
        """Wakes the loop. Any thread may call it."""
        self._waiting.append(deliver)
        if not self._due:
            self._due = True
            with contextlib.suppress(RuntimeError):  # the loop is over
                self._loop.call_soon_threadsafe(self._run)

    def _run(self) -> None:
        self._due = False
        while self._waiting:
            self._waiting.popleft()()
