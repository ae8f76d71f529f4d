"""The WebSocket door: frames from and to a client, jobs and reports to and from the engines; the protocol between.

The client plays for itself: sound leaves as events.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_agent.clock import Clock
from edge_agent.serve.deltas import Deltas
from edge_agent.serve.device_uses import NoTools
from edge_agent.serve.driver import Driver, RealtimeSession, encoded
from edge_agent.serve.guard import SESSION
from edge_agent.serve.realtime_protocol.outputs import Close, Flush, Play, Played
from edge_agent.serve.realtime_protocol.protocol import Dialect
from edge_agent.serve.single_job import JobHost
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from edge_agent.act.device import DeviceTools

log = logging.getLogger(__name__)


SUBPROTOCOL = "realtime"
BETA_SUBPROTOCOL = "openai-beta.realtime-v1"
BETA_HEADER = "realtime=v1"

MOST_QUEUED = 48 * 2**20
"""Characters that may wait for a reader: a quarter of an hour of PCM. An answer is made faster than it is played."""
WRITE_S = 30.0
"""The longest that a client may take to read one frame."""
CLOSE_S = 2.0
"""The longest that saying goodbye may take."""
TICK_S = 0.25
"""The pause between two looks of the protocols at the time."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client said when it connected."""

    model: str
    """Any name; "" for none."""
    dialect: Dialect
    transcription: bool
    """It wants words of speech only (`intent=transcription`)."""
    session: Json | None
    """What its client secret was issued for."""


class RealtimeDoor:
    """All sockets of a server. `serve` is one socket from its upgrade to its end; who may come in is the guard's."""

    def __init__(
        self,
        engines: JobHost,
        protocol: Callable[[Opening], RealtimeSession],
        clock: Clock,
        *,
        dialect: Dialect = "ga",
        tools: Callable[[], DeviceTools] | None = None,
    ) -> None:
        """`dialect`: of clients that ask for none. `tools`: makes what one session may ask of this device."""
        self._engines, self._protocol, self._clock, self._dialect = engines, protocol, clock, dialect
        self._tools = tools or NoTools
        self._connections: set[_Connection] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        """The ends of sessions whose clients are gone."""
        self._ticker: asyncio.TimerHandle | None = None

    async def serve(self, socket: WebSocket) -> None:
        opening = opening_of(socket, self._dialect)
        offered = SUBPROTOCOL in socket.scope.get("subprotocols", ())
        await socket.accept(SUBPROTOCOL if offered else None)
        protocol, deltas = self._protocol(opening), Deltas(opening.dialect)
        connection = _Connection(socket, protocol, self._engines, deltas, self._tools())
        self._connections.add(connection)
        self._tick()
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            leaving = asyncio.create_task(connection.driver.uses.end())  # the next client need not wait for it
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """The server stops: say so to all clients (1001), and wait until they know."""
        goodbye = Close(1001, "The server is shutting down.")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*(connection.end(goodbye) for connection in self._connections))
                await asyncio.gather(*self._leaving, return_exceptions=True)

    def _tick(self) -> None:
        """One timer for all connections, and none without any."""
        if self._ticker is None and self._connections:
            self._ticker = asyncio.get_running_loop().call_later(TICK_S, self._on_tick)

    def _on_tick(self) -> None:
        self._ticker = None
        for connection in list(self._connections):
            connection.driver.tick(self._clock.now())
        self._tick()


class _Connection:
    """Runs on the loop; what it does never waits for an engine."""

    def __init__(
        self, socket: WebSocket, protocol: RealtimeSession, engines: JobHost, deltas: Deltas, tools: DeviceTools
    ) -> None:
        self._socket, self._deltas = socket, deltas
        self.driver = Driver(protocol, engines, tools, self)
        self._queue: deque[str | Close] = deque()
        self._queued = 0
        """Characters in it."""
        self._filled = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Runs until the client leaves, the protocol closes, or the client reads too slowly."""
        from starlette.websockets import WebSocketDisconnect

        tasks = []
        try:
            self.driver.open()
            await self._write_queued()  # session.created is out before anything is read
            tasks = [asyncio.create_task(work()) for work in (self._write, self._read)]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except (TimeoutError, _TooSlow):
            log.warning("A client read too slowly and was left.")
            await self._goodbye(Close(1008, "The client reads too slowly."))
        except WebSocketDisconnect:
            pass
        except Exception:
            log.exception("A connection failed.")
            await self._goodbye(Close(1011, "The server failed."))
        finally:
            self.driver.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._over.set()

    async def end(self, close: Close) -> None:
        self.put(close)
        await self._over.wait()

    def put(self, frame: str | Close) -> None:
        """Has a frame written, or the connection ended, behind what waits."""
        self._queue.append(frame)
        self._queued += len(frame) if isinstance(frame, str) else 0
        self._filled.set()

    def sound(self, sound: Play | Flush) -> Played | None:
        """The client plays for itself: sound leaves as events. Returns what is to be reported of it."""
        if not (sent := self._deltas.take(sound)):
            return None
        if sent.event:
            self.put(encoded(sent.event))
        return sent.report

    async def _read(self) -> None:
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            frame: str | bytes = message.get("bytes") or b"" if text is None else text
            self.driver.receive(frame)
            await asyncio.sleep(0)  # a client that never stops sending is not alone here

    async def _write(self) -> None:
        while await self._write_queued():
            await self._filled.wait()
            self._filled.clear()

    async def _write_queued(self) -> bool:
        """Whether the connection is still open after that."""
        while self._queue:
            if self._queued > MOST_QUEUED:
                raise _TooSlow
            frame = self._queue.popleft()
            if isinstance(frame, Close):
                await self._goodbye(frame)
                return False
            self._queued -= len(frame)
            async with asyncio.timeout(WRITE_S):
                await self._socket.send_text(frame)
            await asyncio.sleep(0)  # it waits for a full buffer only, and others are served on this loop
        return True

    async def _goodbye(self, close: Close) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(close.code, close.reason)
        except Exception as error:
            log.info("The connection was gone before its end: %r", error)


class _TooSlow(Exception):
    """Raised when more waits for the client than is kept for it."""


def opening_of(socket: WebSocket, dialect: Dialect) -> Opening:
    """The opening that query, headers and subprotocols ask for. `dialect` is the one where none of them names one."""
    query, offered = socket.query_params, socket.scope.get("subprotocols", ())
    asked = query.get("dialect")
    if BETA_SUBPROTOCOL in offered or BETA_HEADER in socket.headers.get("openai-beta", ""):
        asked = "beta"
    return Opening(
        model=query.get("model", ""),
        dialect="beta" if asked == "beta" else "ga" if asked == "ga" else dialect,
        transcription=query.get("intent") == "transcription",
        session=socket.scope.get(SESSION),
    )
