"""Calls: conversations as OpenAI's clients have them over WebRTC (events over a data channel, sound over tracks) and by
telephone (phone_calls.py).

The same protocol as of a socket; the device plays, so that what was heard is known here. Everything happens on the loop
of the server, but the network (rtc/) and what a call hears, which has a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from edge_agent.clock import Clock
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.network import Network
from edge_agent.rtc.outbound import Outbound
from edge_agent.rtc.peer import Watching
from edge_agent.serve.device_uses import NoTools
from edge_agent.serve.driver import Drive, Driver, RealtimeSession, Ticker, Transport, encoded
from edge_agent.serve.loop import LoopWake
from edge_agent.serve.phone_calls import IncomingCall
from edge_agent.serve.realtime import Opening
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.realtime_protocol.outputs import Close, Flush, Play, Played
from edge_agent.serve.session_limit import Places
from edge_agent.serve.single_job import JobHost
from edge_agent.types import Json, Samples

if TYPE_CHECKING:
    from edge_agent.act.device import DeviceTools

LABEL = "oai-events"
"""The label of the data channel, which the client makes."""
HEARD_HZ = 24_000
"""What is heard has the rate of the protocol's PCM."""
MOST_UNREAD = 44 * 2**20
"""Characters of frames that may wait for the loop: a client that sends them faster is left."""
HOLD_S, GO_ON_S = 10.0, 5.0
"""No more sound is made while so much waits to be heard; it is again when so little does."""
MOST_BESIDE = 4
"""Sockets that may look on at a call."""


class CallPeer(Protocol):
    """The other end of a call: a browser (rtc/peer.py), a telephone."""

    source: Inbound
    voice: Outbound

    def send(self, text: str) -> None: ...
    def close(self) -> None: ...


class RealtimeCall:
    """One call: the transport of its driver. On the loop, but for `tell` and what `watching` gets from other
    threads."""

    def __init__(self, on_end: Callable[[RealtimeCall], object], client: str, id: str = "") -> None:
        """`client`: whose place it has."""
        self.id, self.client = id or random_id("rtc"), client
        self._on_end, self._wake = on_end, LoopWake()
        self._peer: CallPeer | None = None
        self.driver: Driver | None = None
        self._beside: dict[Transport, Drive] = {}
        self._unread = 0
        self._held = self._over = False

    def watching(self) -> Watching:
        """What the network is to tell."""
        return Watching(
            on_text=self._arrived,
            on_played=lambda name, count: self._wake(partial(self._on_played, Played(name, count))),
            on_end=lambda: self._wake(self.finish),
            on_connected=lambda: self._wake(self._listen),
        )

    def begin(self, peer: CallPeer, driver: Driver) -> None:
        self._peer, self.driver = peer, driver
        driver.open()
        if self._over:
            self._on_end(self)

    def tell(self, event: Json) -> None:
        """Tells the client of what does not concern its session. Any thread."""
        self._wake(partial(self.put, encoded(event)))

    def hang_up(self) -> None:
        if self._peer:
            self._peer.close()

    def join(self, transport: Transport) -> Drive | None:
        """A part in it for a socket that looks on; None if there are too many."""
        if self._over or len(self._beside) >= MOST_BESIDE:
            return None
        self._beside[transport] = part = _Part(self, transport)
        return part

    def leave(self, transport: Transport) -> None:
        self._beside.pop(transport, None)

    # --- the driver's transport -----------------------------------------------------------------------------------

    def put(self, frame: str | Close) -> None:
        if isinstance(frame, Close):
            return self.hang_up()
        if self._peer:
            self._peer.send(frame)
        for transport in self._beside:
            transport.put(frame)

    def sound(self, sound: Play | Flush) -> Played | None:
        """What is heard of it is reported later."""
        if self._peer and self.driver:
            voice = self._peer.voice
            if isinstance(sound, Flush):
                voice.drop(sound.item_id)
            else:
                voice.put(sound.samples, sound.rate_hz, sound.item_id, last=sound.last)
            self._hold(voice.waiting_s)
        return None

    # --- what the peer does ---------------------------------------------------------------------------------------

    def _arrived(self, frame: str | bytes) -> None:
        """Runs in the network's thread."""
        self._unread += len(frame)
        if self._unread > MOST_UNREAD:
            self.hang_up()
        else:
            self._wake(partial(self._receive, frame))

    def _receive(self, frame: str | bytes) -> None:
        self._unread -= len(frame)
        if self.driver and not self._over:
            self.driver.receive(frame)

    def _on_played(self, played: Played) -> None:
        if self.driver and self._peer:
            self.driver.report(played)
            self._hold(self._peer.voice.waiting_s)

    def _hold(self, waiting_s: float) -> None:
        assert self.driver
        held = waiting_s > (GO_ON_S if self._held else HOLD_S)
        if held != self._held:
            self._held = held
            self.driver.hold(held)

    def _listen(self) -> None:
        threading.Thread(target=self._read, name=f"ears {self.id}", daemon=True).start()

    def _read(self) -> None:
        """Runs in a thread of its own: it waits for sound, and decodes it."""
        assert self._peer
        while (frame := self._peer.source.read()) is not None:
            self._wake(partial(self._hear, frame.samples, frame.rate_hz))

    def _hear(self, samples: Samples, rate_hz: int) -> None:
        if self.driver and not self._over:
            self.driver.hear(samples, rate_hz)

    def finish(self) -> None:
        """The peer is gone, for whatever reason."""
        self._over = True
        for transport in list(self._beside):
            transport.put(Close(1000, "The call is over."))
        if self.driver:
            self._on_end(self)


class _Part:
    """What a socket beside a call may do: hear all events from now on, and send its own."""

    def __init__(self, call: RealtimeCall, transport: Transport) -> None:
        self._call, self._transport = call, transport

    def open(self) -> None:
        if self._call.driver:
            self._call.driver.introduce(self._transport)

    def receive(self, frame: str | bytes) -> None:
        if self._call.driver:
            self._call.driver.receive(frame)

    def close(self) -> None:
        self._call.leave(self._transport)


class RealtimeCalls:
    """All calls of a server."""

    def __init__(
        self,
        network: Network,
        engines: JobHost,
        protocol: Callable[[Opening], RealtimeSession],
        places: Places,
        clock: Clock,
        *,
        tools: Callable[[], DeviceTools] | None = None,
    ) -> None:
        """`tools`: makes what one session may ask of this device."""
        self._network, self._engines, self._protocol, self.places = network, engines, protocol, places
        self._tools = tools or NoTools
        self._ticker = Ticker(clock)
        self._calls: dict[str, RealtimeCall] = {}

    async def begin(self, offer: str, address: str, opening: Opening) -> tuple[str, str]:
        """Its id and the answer. A place was taken for `address`, which is left at its end. Raises BadOffer, NoWebRtc,
        OpusError, and ClientError for a session that cannot be; then the place is left."""
        try:
            protocol = self._protocol(opening)
            call = RealtimeCall(self._on_end, address)
            answering = self._network.answer(offer, address, LABEL, call.watching(), rate_hz=HEARD_HZ)
            peer = await asyncio.wrap_future(answering)
        except BaseException:
            self.places.leave(address)
            raise
        self._begin(call, peer, protocol)
        return call.id, peer.answer

    def accept(self, incoming: IncomingCall, opening: Opening) -> bool:
        """Whether a call by telephone is taken: it was not taken before, and still rings. A place was taken for it, as
        for `begin`. Raises ClientError for a session that cannot be; then the place is left."""
        accepted = False
        try:
            protocol = self._protocol(opening)
            call = RealtimeCall(self._on_end, incoming.id, incoming.id)
            accepted = incoming.accept(call.watching(), call.tell)
        finally:
            if not accepted:
                self.places.leave(incoming.id)
        if accepted:
            self._begin(call, incoming, protocol)
        return accepted

    def beside(self, id: str, transport: Transport) -> Drive | None:
        """A part in the call of this id."""
        call = self._calls.get(id)
        return call.join(transport) if call else None

    def hang_up(self, id: str) -> bool:
        """Whether there was such a call."""
        if call := self._calls.get(id):
            call.hang_up()
        return call is not None

    async def close(self) -> None:
        """The server stops."""
        await asyncio.to_thread(self._network.close)
        for call in list(self._calls.values()):  # those by telephone
            call.hang_up()
            call.finish()
        await self._ticker.ended()

    def _begin(self, call: RealtimeCall, peer: CallPeer, protocol: RealtimeSession) -> None:
        driver = Driver(protocol, self._engines, self._tools(), call)
        self._calls[call.id] = call
        self._ticker.add(driver)
        call.begin(peer, driver)

    def _on_end(self, call: RealtimeCall) -> None:
        if self._calls.pop(call.id, None) and call.driver:
            call.driver.close()
            self.places.leave(call.client)
            self._ticker.remove(call.driver)
