"""Crowd: all connections of a server: how many there are, and how long one may stay with which nothing is done."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable

from edge_agent.serve.budget import Budget, part_of
from edge_agent.serve.headers import network

MOST_OPEN = 256
"""Connections at once, besides those of conversations."""


def most_open(sessions: int) -> int:
    """The most connections of a server with places for so many sessions: half of the open files that the system
    allows this process at most, as models and tools need some."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    wanted = MOST_OPEN + 2 * sessions
    return wanted if allowed == resource.RLIM_INFINITY else max(1, min(wanted, allowed // 2))


class Crowd:
    """A connection waits, or the application attends to it; whatever waits for `patience_s` is left, in any state of
    the protocols: before its request, after its answer, while it closes. Runs on the loop."""

    def __init__(
        self, patience_s: float, most: int = MOST_OPEN, told: Callable[[int], object] = lambda used: None
    ) -> None:
        """`most`: connections at once, of which one address may have its part."""
        self._patience_s = patience_s
        self._places = Budget(most, part_of(most), told)
        self._sources = dict[asyncio.Transport, str]()
        """Those inside, and where they come from."""
        self._waiting = dict[asyncio.Transport, asyncio.TimerHandle]()
        """The timers of those that wait; who has waited longest comes first."""

    def enter(self, transport: asyncio.Transport) -> bool:
        """Whether there is a place; if not, it is to be told so and closed. One that waits makes room for it."""
        source = network(str((transport.get_extra_info("peername") or ("",))[0]))
        entered = self._places.take(source) or (self._make_room(source) and self._places.take(source))
        if entered:
            self._sources[transport] = source
        self._time(transport)
        return entered

    def wait(self, transport: asyncio.Transport) -> None:
        """Nothing is done with it from now on."""
        self.attend(transport)
        if transport in self._sources:
            self._time(transport)

    def attend(self, transport: asyncio.Transport) -> None:
        """The application has it, with limits of its own."""
        if timer := self._waiting.pop(transport, None):
            timer.cancel()

    def leave(self, transport: asyncio.Transport) -> None:
        """It is gone."""
        self.attend(transport)
        if (source := self._sources.pop(transport, None)) is not None:
            self._places.give(source)

    def _make_room(self, source: str) -> bool:
        """Leaves who has waited longest: of the same source, where there is one. Else nobody pushes others out."""
        oldest = next((each for each in self._waiting if self._sources.get(each) == source), None)
        if oldest:
            self.leave(oldest)
            oldest.abort()
        return oldest is not None

    def _time(self, transport: asyncio.Transport) -> None:
        later = asyncio.get_running_loop().call_later
        self._waiting[transport] = later(self._patience_s, transport.abort)
