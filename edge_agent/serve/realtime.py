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
from edge_agent.serve.budget import FRAME_COST, MOST_WAITING, Budget, waiting_frames
from edge_agent.serve.deltas import Deltas
from edge_agent.serve.device_uses import NoTools
from edge_agent.serve.driver import Drive, Driver, RealtimeSession, Ticker, Transport, encoded
from edge_agent.serve.keys import SESSION
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.realtime_protocol.outputs import Close, Flush, Play, Played
from edge_agent.serve.realtime_protocol.playing import Player
from edge_agent.serve.realtime_protocol.protocol import Dialect
from edge_agent.serve.single_job import JobHost
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.websockets import WebSocket

    from edge_agent.act.device import DeviceTools

log = logging.getLogger(__name__)


SUBPROTOCOL = "realtime"
BETA_SUBPROTOCOL = "openai-beta.realtime-v1"
BETA_HEADER = "realtime=v1"

ENOUGH = MOST_WAITING // 2
"""Characters that wait for a client beyond which nothing more is read of it: its answers may still grow."""
WRITE_S = 30.0
"""The longest that a client may take to read one frame."""
CLOSE_S = 2.0
"""The longest that saying goodbye may take."""


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
    player: Player = "client"
    """What makes the answers heard: the client, or this device (a track)."""


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
        beside: Callable[[str, Transport], Drive | None] = lambda call_id, transport: None,
        waiting: Budget | None = None,
    ) -> None:
        """`dialect`: of clients that ask for none. `tools`: makes what one session may ask of this device. `beside`: a
        part in the call of this id, None if there is none. `waiting`: what frames that wait are taken from."""
        self._engines, self._protocol, self._dialect = engines, protocol, dialect
        self._tools, self._beside = tools or NoTools, beside
        self._ticker, self._waiting = Ticker(clock), waiting or waiting_frames()
        self._connections: set[Socket] = set()

    async def serve(self, socket: WebSocket) -> None:
        opening = opening_of(socket, self._dialect)
        offered = SUBPROTOCOL in socket.scope.get("subprotocols", ())
        await socket.accept(SUBPROTOCOL if offered else None)
        connection = Socket(socket, Deltas(opening.dialect), self._waiting)
        if call_id := socket.query_params.get("call_id"):
            return await self._look_on(connection, call_id)
        driver = Driver(self._protocol(opening), self._engines, self._tools(), connection)
        self._ticker.add(driver)
        try:
            await self._run(connection, driver)
        finally:
            self._ticker.remove(driver)

    async def close(self) -> None:
        """The server stops: say so to all clients (1001), and wait until they know."""
        goodbye = Close(1001, "The server is shutting down.")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*(connection.end(goodbye) for connection in self._connections))
                await self._ticker.ended()

    async def _look_on(self, connection: Socket, call_id: str) -> None:
        """A socket beside a call over WebRTC: it is told the same, and may say the same."""
        if drive := self._beside(call_id, connection):
            return await self._run(connection, drive)
        error = ClientError("call_not_found", f"There is no call '{call_id:.80}' here.", "call_id")
        connection.put(encoded({"event_id": random_id("event"), **error_event(error)}))
        connection.put(Close(1008, "There is no such call."))
        await connection.write_queued()

    async def _run(self, connection: Socket, drive: Drive) -> None:
        self._connections.add(connection)
        try:
            await connection.run(drive)
        finally:
            self._connections.discard(connection)


class Socket:
    """Runs on the loop; what it does never waits for an engine."""

    def __init__(self, socket: WebSocket, deltas: Deltas, waiting: Budget) -> None:
        self._socket, self._deltas, self._waiting = socket, deltas, waiting
        self._queue: deque[str | Close] = deque()
        """What is in it is taken from `waiting`."""
        self._filled, self._read_on = asyncio.Event(), asyncio.Event()
        self._over, self._too_slow = asyncio.Event(), asyncio.Event()

    async def run(self, drive: Drive) -> None:
        """Runs until the client leaves, the protocol closes, or the client reads too slowly."""
        from starlette.websockets import WebSocketDisconnect

        tasks = []
        try:
            drive.open()
            await self.write_queued()  # session.created is out before anything is read
            works = (self._write(), self._read(drive), self._bear())
            tasks = [asyncio.create_task(work) for work in works]
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
            drive.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._drop()
            self._over.set()

    async def end(self, close: Close) -> None:
        self.put(close)
        await self._over.wait()

    def put(self, frame: str | Close) -> None:
        """Has a frame written, or the connection ended, behind what waits. Where too much waits, it ends at once."""
        if self._over.is_set() or self._too_slow.is_set():
            return
        if isinstance(frame, str) and not self._waiting.take(self, len(frame) + FRAME_COST):
            return self._too_slow.set()
        self._queue.append(frame)
        self._filled.set()

    def sound(self, sound: Play | Flush) -> Played | None:
        """The client plays for itself: sound leaves as events. Returns what is to be reported of it."""
        if not (sent := self._deltas.take(sound)):
            return None
        if sent.event:
            self.put(encoded(sent.event))
        return sent.report

    async def _bear(self) -> None:
        """Raises _TooSlow once more waits than is kept."""
        await self._too_slow.wait()
        raise _TooSlow

    def _drop(self) -> None:
        """Nobody will read what still waits."""
        self._queue.clear()
        self._waiting.give_all(self)

    async def _read(self, drive: Drive) -> None:
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            frame: str | bytes = message.get("bytes") or b"" if text is None else text
            drive.receive(frame)
            await asyncio.sleep(0)  # a client that never stops sending is not alone here
            while self._waiting.used_by(self) > ENOUGH:
                self._read_on.clear()
                await self._read_on.wait()

    async def _write(self) -> None:
        while await self.write_queued():
            await self._filled.wait()
            self._filled.clear()

    async def write_queued(self) -> bool:
        """Whether the connection is still open after that."""
        while self._queue:
            frame = self._queue.popleft()
            if isinstance(frame, Close):
                await self._goodbye(frame)
                return False
            async with asyncio.timeout(WRITE_S):
                await self._socket.send_text(frame)
            self._waiting.give(self, len(frame) + FRAME_COST)
            self._read_on.set()
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


def opening_of(socket: HTTPConnection, dialect: Dialect) -> Opening:
    """The opening that query, headers and subprotocols of a socket or a request ask for. `dialect` is the one where
    none of them names one."""
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
