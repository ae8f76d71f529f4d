"""Driver: carries out what a Realtime protocol wants, whatever its client is connected by.

Jobs go to the engines, calls to the device's tools, events and sound to the transport; what comes back of them is
reported to the protocol. Runs on the loop; nothing in it waits for an engine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from edge_agent.clock import Clock
from edge_agent.host.jobs import Hold, Report
from edge_agent.serve.device_uses import DeviceUses
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.outputs import Close, Flush, Output, Play, Played, Send, Use, Used
from edge_agent.serve.single_job import JobHost
from edge_agent.types import Json, Samples

if TYPE_CHECKING:
    from edge_agent.act.device import DeviceTools

log = logging.getLogger(__name__)

TICK_S = 0.25
"""The pause between two looks of the protocols at the time."""


class RealtimeSession(Protocol):
    """The protocol of one connection (serve/realtime_protocol)."""

    def open(self) -> list[Output]: ...
    def introduced(self) -> list[Output]: ...
    def receive(self, frame: str | bytes) -> list[Output]: ...
    def hear(self, samples: Samples, rate_hz: int) -> list[Output]: ...
    def report(self, report: Report | Played | Used) -> list[Output]: ...
    def tick(self, now_s: float) -> list[Output]: ...


class Transport(Protocol):
    """What a client is connected by."""

    def put(self, frame: str | Close) -> None:
        """Sends an event, or ends the connection, behind what waits. Does not wait."""

    def sound(self, sound: Play | Flush) -> Played | None:
        """Takes sound, or back what was not heard of it. Returns what is to be reported of it at once."""


class Drive(Protocol):
    """What a connection has of a session: all of it, or a part in it."""

    def open(self) -> None: ...
    def receive(self, frame: str | bytes) -> None: ...
    def close(self) -> None: ...


class Driver:
    """One for each connection."""

    def __init__(self, protocol: RealtimeSession, engines: JobHost, tools: DeviceTools, transport: Transport) -> None:
        self._protocol, self._transport = protocol, transport
        self._link = engines.open(self.report)
        self._closed = False
        self.uses = DeviceUses(tools, self.report)

    def open(self) -> None:
        self._do(self._protocol.open)

    def introduce(self, transport: Transport) -> None:
        """Tells the session to somebody who has come later."""
        for output in self._protocol.introduced():
            if isinstance(output, Send):
                transport.put(encoded(output.event))

    def receive(self, frame: str | bytes) -> None:
        """A frame of the client."""
        self._do(partial(self._protocol.receive, frame))

    def hear(self, samples: Samples, rate_hz: int) -> None:
        """Sound of the client's user, where it comes by itself."""
        self._do(partial(self._protocol.hear, samples, rate_hz))

    def tick(self, now_s: float) -> None:
        self._do(partial(self._protocol.tick, now_s))

    def report(self, report: Report | Played | Used) -> None:
        """What an engine, a tool or the transport has to say; nothing once it is closed."""
        if not self._closed:
            self._do(partial(self._protocol.report, report))

    def hold(self, on: bool) -> None:
        """There is sound enough for now, or not any more."""
        self._link.send(Hold(on))

    def close(self) -> None:
        """The client is gone. What tools have begun goes on (`uses.end`)."""
        self._closed = True
        self._link.close()

    def _do(self, ask: Callable[[], list[Output]]) -> None:
        """Carry out what the protocol wants. Where it fails, its client is told, and the session goes on."""
        try:
            sent = [played for output in ask() if (played := self._carry_out(output))]
        except Exception:
            log.exception("The protocol failed.")
            sent = []
            self._transport.put(encoded(_failed()))
        for played in sent:
            self._do(partial(self._protocol.report, played))

    def _carry_out(self, output: Output) -> Played | None:
        """Returns what is to be reported of sound that has left."""
        match output:
            case Send(event):
                self._transport.put(encoded(event))
            case Close():
                self._transport.put(output)
            case Play() | Flush():
                return self._transport.sound(output)
            case Use():
                self.uses.start(output)
            case _:
                self._link.send(output)
        return None


class Ticker:
    """Lets the protocols of all connections look at the time: one timer for all, and none without any. It waits for the
    ends of those whose clients are gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._drivers: set[Driver] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    def add(self, driver: Driver) -> None:
        self._drivers.add(driver)
        self._later()

    def remove(self, driver: Driver) -> None:
        """Its client is gone. The next one need not wait for what its tools still do."""
        self._drivers.discard(driver)
        leaving = asyncio.create_task(driver.uses.end())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def ended(self) -> None:
        """Waits for what the tools of all who are gone still do."""
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _later(self) -> None:
        if self._timer is None and self._drivers:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        for driver in list(self._drivers):
            driver.tick(self._clock.now())
        self._later()


def encoded(event: Json) -> str:
    """JSON in ASCII: what a client sent may hold half a surrogate, and is told back to it."""
    return json.dumps(event, separators=(",", ":"))


def _failed() -> Json:
    """The `error` event where nobody else can make one."""
    error = ClientError("internal_error", "The server failed on this event; its log says why.", type="server_error")
    return error_event(error) | {"event_id": f"event_{secrets.token_hex(8)}"}
