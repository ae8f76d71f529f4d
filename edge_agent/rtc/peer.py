"""Peer: one WebRTC connection as whoever converses sees it: sound both ways, texts both ways, and an end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_agent.clock import Clock
from edge_agent.rtc import opus
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.jitter import CLOCK_HZ
from edge_agent.rtc.offer import BadOffer, repaired, tamed
from edge_agent.rtc.outbound import Outbound
from edge_agent.rtc.stack import receive_through, track_of

if TYPE_CHECKING:
    from aiortc import RTCDataChannel, RTCPeerConnection

log = logging.getLogger(__name__)

CONNECT_S = 15.0
"""A peer that has not connected by then is left."""
MOST_UNSENT = 16 * 2**20
"""Bytes of texts that may wait for a peer. Beyond, it is left: it does not read."""
CLOSE_S = 2.0
"""The longest that an end may take."""


@dataclass(frozen=True, slots=True)
class Watching:
    """What is told of a peer, in the network's thread: none of it may wait. `on_end` comes once, as the last."""

    on_text: Callable[[str | bytes], object] = lambda text: None
    on_played: Callable[[str, int], object] = lambda name, count: None
    on_end: Callable[[], object] = lambda: None
    on_connected: Callable[[], object] = lambda: None
    """Sound goes both ways. Texts wait for their channel, which opens a moment later."""


class Peer:
    """Made on the network's loop (rtc/network.py). `source`, `voice`, `send` and `close` are for any thread."""

    def __init__(self, connection: RTCPeerConnection, channel: str, watching: Watching, clock: Clock, hz: int) -> None:
        """`channel`: the label of the data channel that carries the texts; `hz`: the rate of what is heard."""
        self.source = Inbound(opus.OpusDecoder(hz), clock)
        self.voice = Outbound(watching.on_played)
        self.answer = ""
        """The SDP to be given to the peer."""
        self.ended = threading.Event()
        self._connection, self._label, self._watching = connection, channel, watching
        self._loop = asyncio.get_running_loop()
        self._channel: RTCDataChannel | None = None
        self._unsent: list[str] = []
        """Texts for a channel that is not open yet."""
        self._waiting = 0
        """Characters in it."""
        self._late = self._loop.call_later(CONNECT_S, self._on_late)
        self._closing: asyncio.Task[None] | None = None
        self._connected = False
        """Whether it ever was."""

    @property
    def audible(self) -> bool:
        """Whether the peer is there to hear."""
        return self._connection.connectionState == "connected" and not self.ended.is_set()

    async def accept(self, offer: str, address: str, own: list[str]) -> None:
        """Makes the answer to an offer from `address`. Raises BadOffer; then nothing is left of the peer."""
        try:
            await self._accept(tamed(offer, address, own))
        except BadOffer:
            await self._end()
            raise
        except Exception as error:  # whatever the stack makes of a text that it cannot read
            log.info("An offer could not be answered: %r", error)
            await self._end()
            raise BadOffer("The offer cannot be answered: it is no SDP that fits.") from None

    def send(self, text: str) -> None:
        """Sends a text, in order. Any thread; never waits. Nothing once the peer is gone."""
        with suppress(RuntimeError):  # the loop is over
            self._loop.call_soon_threadsafe(self._send, text)

    def close(self) -> None:
        """Ends the connection soon. Any thread, and more than once."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._leave)

    # --- on the network's loop ------------------------------------------------------------------------------------

    async def _accept(self, offer: str) -> None:
        from aiortc import RTCRtpReceiver, RTCSessionDescription

        connection = self._connection
        connection.on("datachannel", self._on_channel)
        connection.on("connectionstatechange", self._on_state)
        transceiver = connection.addTransceiver(track_of(self.voice, opus.OpusCoder(CLOCK_HZ)), "sendrecv")
        known = RTCRtpReceiver.getCapabilities("audio")
        codecs = known.codecs if known else []
        transceiver.setCodecPreferences([each for each in codecs if each.mimeType.lower() == "audio/opus"])
        receive_through(transceiver.receiver, self.source)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for each in connection.getTransceivers():
            if each is not transceiver:
                each.direction = "inactive"
        await connection.setLocalDescription(await connection.createAnswer())
        self.answer = repaired(connection.localDescription.sdp)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != self._label or self._channel:
            return channel.close()
        self._channel = channel
        channel.on("message", self._on_text)
        channel.on("close", self._leave)
        unsent, self._unsent = self._unsent, []
        for text in unsent:
            self._send(text)

    def _on_text(self, text: str | bytes) -> None:
        if not self.ended.is_set():
            self._watching.on_text(text)

    def _send(self, text: str) -> None:
        if self.ended.is_set():
            return
        if self._channel is None:
            self._unsent.append(text)
            self._waiting += len(text)
        elif self._channel.readyState == "open":
            try:
                self._channel.send(text)
            except ValueError as error:  # longer than the peer takes
                log.warning("A text could not be sent: %s", error)
            self._waiting = self._channel.bufferedAmount
        if self._waiting > MOST_UNSENT:
            log.warning("A peer read too slowly and was left.")
            self._leave()

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and not self._connected:
            self._connected = True
            self._late.cancel()
            self._watching.on_connected()
        elif state in ("failed", "closed"):
            self._leave()

    def _on_late(self) -> None:
        if self._connection.connectionState != "connected":
            log.info("A peer did not connect within %.0f s.", CONNECT_S)
            self._leave()

    def _leave(self) -> None:
        if self._closing is None:
            self._closing = self._loop.create_task(self._end())

    async def _end(self) -> None:
        """What was begun ends: the source, whoever writes, the connection."""
        if self.ended.is_set():
            return
        self.ended.set()
        self._late.cancel()
        self.source.close()
        self.voice.close()
        self._watching.on_end()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close()
        except Exception as error:
            log.info("A connection did not close well: %r", error)
        self._connection.remove_all_listeners()

    async def end(self) -> None:
        """Closes, and waits for it."""
        self._leave()
        if self._closing:
            await asyncio.gather(self._closing, return_exceptions=True)

    async def stats(self) -> dict[str, Any]:
        """What RTCP has told of the way there, as far as it has: `rtt_s`, `lost` (a share), `jitter_s`."""
        found = dict[str, Any]()
        for each in (await self._connection.getStats()).values():
            if each.type == "remote-inbound-rtp":
                found = {
                    "rtt_s": each.roundTripTime,
                    "lost": each.fractionLost / 256,
                    "jitter_s": each.jitter / CLOCK_HZ,
                }
        return found
