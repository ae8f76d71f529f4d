"""Stack: the places at which aiortc is given ours: its jitter buffer, its coder, and the addresses that it offers."""

from __future__ import annotations

import asyncio
import fractions
import logging
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_agent.errors import EdgeAgentError
from edge_agent.rtc import opus
from edge_agent.rtc.addresses import own_addresses
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.jitter import CLOCK_HZ, FRAME, RtpPacket
from edge_agent.rtc.outbound import Outbound

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack, RTCRtpReceiver

log = logging.getLogger(__name__)

JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"
"""A private attribute of aiortc 1.16 (pinned below 1.17), which has no public way to a buffer of one's own."""
INSTALL = f"{sys.executable} -m pip install 'aiortc>=1.16,<1.17'"
FRAME_S = FRAME / CLOCK_HZ
MOST_LATE = 5
"""Slots of 20 ms: a loop that comes later leaves out what it has missed."""
STILL = 10
"""Silent frames behind sound that are coded; then the coder has nothing more to say, and its last packet is repeated.
An idle call would cost 1.5 % of a core."""


class NoWebRtc(EdgeAgentError):
    """The packages for WebRTC are not there."""


def check() -> None:
    """Raises NoWebRtc, or OpusError, where there can be no connection."""
    try:
        import aiortc  # noqa: F401
    except ImportError:
        raise NoWebRtc("WebRTC is not installed.", fix=INSTALL) from None
    opus.check()


class _Tap:
    """Stands in the place of aiortc's jitter buffer: it takes the packets, and aiortc gets nothing to decode."""

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound

    def add(self, packet: Any) -> tuple[bool, None]:
        payload = packet.payload
        length = opus.length(payload, CLOCK_HZ)
        if length:
            self._inbound.add(RtpPacket(packet.sequence_number, packet.timestamp, payload, length))
        return False, None


def receive_through(receiver: RTCRtpReceiver, inbound: Inbound) -> bool:
    """Has what is received come to `inbound`. Returns whether by way of our jitter buffer; else aiortc's is used, which
    is 80 to 350 ms slower."""
    if hasattr(receiver, JITTER_BUFFER):
        setattr(receiver, JITTER_BUFFER, _Tap(inbound))
        return True
    log.warning("This aiortc has no %s: its own jitter buffer is used, and answers come later.", JITTER_BUFFER)
    task = asyncio.ensure_future(_read(receiver, inbound))
    _reading.add(task)
    task.add_done_callback(_reading.discard)
    return False


_reading: set[asyncio.Task[None]] = set()


async def _read(receiver: RTCRtpReceiver, inbound: Inbound) -> None:
    """aiortc's way: 20 ms of s16 in two channels at 48 kHz."""
    from aiortc.mediastreams import MediaStreamError

    while receiver.track is None:
        await asyncio.sleep(FRAME_S)
    number = 0
    coder = opus.OpusCoder(CLOCK_HZ)
    try:
        while True:
            frame: Any = await receiver.track.recv()
            sound = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).mean(axis=1) / 2**15
            for at in range(0, len(sound) - FRAME + 1, FRAME):
                payload = coder.encode(sound[at : at + FRAME].astype(np.float32))
                inbound.add(RtpPacket(number & 0xFFFF, number * FRAME & 0xFFFFFFFF, payload))
                number += 1
    except MediaStreamError:
        pass


def track_of(voice: Outbound, coder: opus.OpusCoder) -> MediaStreamTrack:
    """A track that gives out a frame of the voice each 20 ms, coded, and silence where there is none."""
    from aiortc import MediaStreamTrack
    from av import Packet

    class Track(MediaStreamTrack):
        kind = "audio"

        def __init__(self) -> None:
            super().__init__()
            self._slot = 0
            self._begun_s = 0.0
            self._silent = 0
            self._payload = b""

        async def recv(self) -> Any:
            now = asyncio.get_running_loop().time()
            self._begun_s = self._begun_s or now
            self._slot += 1
            missed = int((now - self._begun_s) / FRAME_S) - self._slot
            if missed > MOST_LATE:
                self._slot += missed
            await asyncio.sleep(self._begun_s + self._slot * FRAME_S - now)
            packet = Packet(self._coded())
            packet.pts, packet.time_base = self._slot * FRAME, fractions.Fraction(1, CLOCK_HZ)
            return packet

        def _coded(self) -> bytes:
            frame = voice.take()
            self._silent = 0 if frame is not None else self._silent + 1
            if self._silent <= STILL:
                self._payload = coder.encode(np.zeros(FRAME, np.float32) if frame is None else frame)
            return self._payload

    return Track()


def offer_own_addresses() -> None:
    """Has aioice offer the addresses that `own_addresses` finds: its own way leaves out loopback, besides which there
    is no other without a cable, and asks netlink, which a service may not."""
    from aioice import ice

    if hasattr(ice, "get_host_addresses"):
        ice.get_host_addresses = _offered
    else:
        log.warning("This aioice has no get_host_addresses: loopback is not offered to peers.")


def _offered(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return [each for each in own_addresses() if (use_ipv6 if ":" in each else use_ipv4)]
