"""A WebSocket client that records every frame, holds it against the invariants, and waits with a deadline."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.rigs.conformance.invariants import Invariants
from tests.rigs.conformance.names import Dialect, Json
from tests.rigs.conformance.webrtc import CallSocket, is_call, opened

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

CHUNK_S = 0.04
"""Of sound in one append, as browsers and telephones send it."""


class Failed(Exception):
    """The server does not do what a scenario expects."""


FULL = "rate_limit_exceeded"
"""The code of the `error` by which a server says that it is full."""


class Refused(Failed):
    """The server does not open the connection, or says at once that it is full."""

    def __init__(self, how: str) -> None:
        super().__init__(f"the connection is refused with {how}")
        self.how = how


class NotShown(Exception):
    """What a scenario is about did not come about, and that is legal: an answer that was over too early."""


def check(condition: object, what: str) -> None:
    if not condition:
        raise Failed(what)


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    """ws:// or wss://, with the path and any query; http:// or https:// is that of calls, by WebRTC."""
    api_key: str | None = None
    patience_s: float = 30.0
    """How long any single event may take."""

    @property
    def http_url(self) -> str:
        """Without path and query: `http://127.0.0.1:8765`."""
        scheme, _, rest = self.url.partition("://")
        return f"{'https' if scheme == 'wss' else 'http'}://{rest.split('/', 1)[0]}"

    def over_sockets_only(self) -> None:
        """Raises NotShown where the server is asked by WebRTC, which has no such thing."""
        if is_call(self.url):
            raise NotShown("over WebRTC there is no such thing")

    @asynccontextmanager
    async def connect(
        self,
        dialect: Dialect = "ga",
        *,
        query: str = "model=conformance",
        subprotocols: Sequence[str] = (),
        key: str | None = None,
        complete: bool = True,
    ) -> AsyncIterator[Line]:
        """A connection; the invariants must hold of it. `key` goes into the subprotocol, as browsers send it.

        complete: nothing is going on at its end, so that everything begun must have come to its end.
        """
        from websockets import Subprotocol
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus

        offered = [Subprotocol(name) for name in subprotocols]
        headers = {"OpenAI-Beta": "realtime=v1"} if dialect == "beta" else {}
        if key is not None:
            offered += [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{key}")]
        elif self.api_key is not None:
            headers["Authorization"] = f"Bearer {self.api_key}"
        if is_call(self.url):
            headers |= {"Authorization": f"Bearer {key}"} if key else {}
            call, status = await opened(self.url, query, headers, self.patience_s)
            if call is None:
                raise Refused(f"HTTP {status}")
            async with self._line(call, dialect, complete) as line:
                yield line
            return
        opening = connect(
            f"{self.url}{'&' if '?' in self.url else '?'}{query}",
            additional_headers=headers,
            subprotocols=offered or None,
            max_size=2**24,
            open_timeout=self.patience_s,
            proxy=None,
        )
        try:
            socket = await opening
        except InvalidStatus as error:
            raise Refused(f"HTTP {error.response.status_code}") from None
        async with self._line(socket, dialect, complete) as line:
            yield line

    @asynccontextmanager
    async def _line(
        self, socket: ClientConnection | CallSocket, dialect: Dialect, complete: bool
    ) -> AsyncIterator[Line]:
        first = await _first_frame(socket, self.patience_s)
        line = Line(socket, Invariants(dialect), self.patience_s)
        reading = asyncio.create_task(line.read(first))
        try:
            yield line
        finally:
            await socket.close()
            await reading
        violations = line.invariants.finish(complete=complete)
        check(not violations, "; ".join(map(str, violations[:3])))


@dataclass(slots=True)
class Line:
    """One connection. Waiting goes on from the last event that was waited for: nothing is seen twice, or skipped."""

    socket: ClientConnection | CallSocket
    invariants: Invariants
    patience_s: float
    received: list[Json] = field(default_factory=list)
    _next: int = 0
    _ids: Any = field(default_factory=count)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False

    # --- what the client sends ------------------------------------------------------------------------------------

    async def send(self, type: str, **fields: Any) -> str:
        """Returns the `event_id` it was sent with."""
        event = {"type": type, "event_id": f"conformance_{next(self._ids)}", **fields}
        self.invariants.sent(event)
        await self.socket.send(json.dumps(event))
        return str(event["event_id"])

    async def send_raw(self, frame: str | bytes) -> None:
        self.invariants.sent(frame)
        await self.socket.send(frame)

    async def append(self, sound: bytes) -> None:
        await self.send("input_audio_buffer.append", audio=base64.b64encode(sound).decode())

    async def say(self, text: str, **fields: Any) -> Json:
        """A message of the user, by text. Returns the item, once the conversation has it."""
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item, **fields)
        announced = (await self.until("conversation.item.added", "conversation.item.created"))[-1]
        if announced["type"] == "conversation.item.added":
            await self.until("conversation.item.done")
        return dict(announced["item"])

    @asynccontextmanager
    async def microphone(self, sound: bytes, bytes_per_ms: int = 48, silence: bytes = b"\0") -> AsyncIterator[None]:
        """`sound` at the pace of real time, and silence after it until the block is left."""
        if isinstance(self.socket, CallSocket):
            self.socket.speak(sound)
            yield
            self.socket.speak(b"")
            return
        speaking = asyncio.create_task(self._speak(sound, round(bytes_per_ms * CHUNK_S * 1000), silence))
        try:
            yield
        finally:
            speaking.cancel()
            with suppress(asyncio.CancelledError):
                await speaking

    async def _speak(self, sound: bytes, size: int, silence: bytes) -> None:
        start = time.monotonic()
        for number in count():
            chunk = sound[number * size : (number + 1) * size]
            await self.append(chunk + silence * (size - len(chunk)))
            await asyncio.sleep(max(0.0, start + (number + 1) * CHUNK_S - time.monotonic()))

    # --- what the server sends ------------------------------------------------------------------------------------

    async def until(self, *types: str, where: Callable[[Json], bool] = lambda _: True) -> list[Json]:
        """The events up to the next one of these types. An `error` that is not waited for is a failure."""
        begin = self._next
        deadline = time.monotonic() + self.patience_s
        while True:
            while self._next < len(self.received):
                event = self.received[self._next]
                self._next += 1
                if event.get("type") in types and where(event):
                    return self.received[begin : self._next]
                check(event.get("type") != "error", f"{event.get('error')} instead of {' or '.join(types)}")
            seen = ", ".join(str(event.get("type")) for event in self.received[begin:]) or "nothing"
            check(not self._ended, f"the connection ended before {' or '.join(types)}; there was {seen}")
            await self._some(deadline - time.monotonic(), f"no {' or '.join(types)}; there was {seen}")

    @property
    def by_track(self) -> bool:
        """Whether sound goes over tracks, and is in no event."""
        return isinstance(self.socket, CallSocket)

    async def heard(self) -> bytes:
        """All that was heard over the track, PCM16 at 48 kHz in two channels, once the answer is over."""
        assert isinstance(self.socket, CallSocket)
        if "output_audio_buffer.stopped" not in [event["type"] for event in self.received]:
            await self.until("output_audio_buffer.stopped")
        return bytes(self.socket.heard)

    async def sounding(self) -> list[Json]:
        """The events up to the first sound of an answer, which over WebRTC is in none of them."""
        heard = "output_audio_buffer.started" if self.by_track else "response.output_audio.delta"
        return await self.until(heard)

    async def quiet(self, seconds: float, *but: str) -> list[Json]:
        """The events of the next seconds; only types that begin with one of `but` may be among them."""
        begin = self._next
        await asyncio.sleep(seconds)
        self._next = len(self.received)
        events = self.received[begin:]
        allowed = (*but, "output_audio_buffer.")
        other = [event["type"] for event in events if not event["type"].startswith(allowed)]
        check(not other, f"there should be nothing, and there is {', '.join(other)}")
        return events

    async def error(self, code: str | None, event_id: str | None = None) -> Json:
        """The `error` that comes next, of this code and about that event of ours."""
        event = (await self.until("error"))[-1]["error"]
        check(code is None or event["code"] == code, f"error code {event['code']} instead of {code}: {event}")
        check(event_id is None or event["event_id"] == event_id, f"the error names {event['event_id']}, not {event_id}")
        return dict(event)

    async def _some(self, seconds: float, otherwise: str) -> None:
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), max(seconds, 0.0))
        except TimeoutError:
            raise Failed(f"after {self.patience_s:g} s {otherwise}") from None

    async def read(self, first: str | bytes | None = None) -> None:
        """Record what comes until the connection ends, behind the `first` frame, which has been read already."""
        from websockets.exceptions import ConnectionClosed

        try:
            if first is not None:
                self._take(first)
            async for frame in self.socket:
                self._take(frame)
        except (ConnectionClosed, ValueError):
            pass
        finally:
            self._ended = True
            self._news.set()

    def _take(self, frame: str | bytes) -> None:
        event = json.loads(frame)
        self.received.append(event)
        self.invariants.received(event)
        self._news.set()


async def _first_frame(socket: ClientConnection | CallSocket, patience_s: float) -> str | bytes | None:
    """The first frame; None where none comes. Raises Refused where it says that the server is full."""
    from websockets.exceptions import ConnectionClosed

    try:
        frame = await asyncio.wait_for(socket.recv(), patience_s)
        code = json.loads(frame)["error"]["code"]
    except (ConnectionClosed, TimeoutError):
        return None
    except (ValueError, LookupError, TypeError):
        return frame
    if code == FULL:
        await socket.close()
        raise Refused(FULL)
    return frame
