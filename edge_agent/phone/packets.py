"""Packets: what comes in of a call's sound is put in order (order.py) before the stack has it. In the SIP process.

With a version of the library that is not known (library.py) nothing is done, and the stack has a jitter buffer.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edge_agent.phone import library as c
from edge_agent.phone.native import Native
from edge_agent.phone.order import RtpOrder

HEAD_BYTES = 12
"""The least that an RTP packet has (RFC 3550, section 5.1)."""
RTCP = range(64, 96)
"""What stands in the place of a payload's type where it is none, but RTCP (RFC 5761, section 4)."""

COMFORT_NOISE = 13
"""The payload's type of comfort noise (RFC 3389): behind it nothing is sent while nobody speaks."""


@dataclass(frozen=True, slots=True)
class _Datagram:
    source: bytes
    """Where it came from: `struct sa`."""
    data: bytes


@dataclass(slots=True)
class _Stream:
    call_id: str
    socket: int
    helper: ctypes.c_void_p = field(default_factory=ctypes.c_void_p)
    """Us, among those who look at what the socket takes; it goes with the socket."""
    order: RtpOrder[_Datagram] = field(default_factory=RtpOrder)
    rests: bool = False
    """Whether its last packet was comfort noise."""


class Packets:
    """Calls are known by their Call-ID. `told` is told of each of which something has come, in the stack's thread."""

    def __init__(self, native: Native, told: Callable[[str], object]) -> None:
        self._native, self._told = native, told
        self._streams: dict[int, _Stream] = {}
        self._keys: dict[str, int] = {}
        self._next = 0
        self._on_packet = c.OnPacket(self._take)
        """The stack keeps its address, for as long as it lives."""

    def watch(self, call_id: str) -> None:
        """What comes in of this call is put in order, from now on."""

        def work() -> None:
            if socket := self._socket(call_id):
                self._next += 1
                stream = _Stream(call_id, socket)
                library, out = self._native.library, ctypes.byref(stream.helper)
                if not library.udp_register_helper(out, socket, c.FIRST, None, self._on_packet, self._next):
                    self._streams[self._next], self._keys[call_id] = stream, self._next

        if call_id and call_id not in self._keys:
            self._native.do(work)

    def lost(self, call_id: str) -> int:
        """The packets of the other side that never came, or too late."""
        stream = self._of(call_id)
        return stream.order.lost if stream else 0

    def rests(self, call_id: str) -> bool:
        """Whether the other side has said that it sends nothing until somebody speaks."""
        stream = self._of(call_id)
        return bool(stream and stream.rests)

    def look(self, call_id: str) -> None:
        """What has waited long enough for a missing packet goes on."""

        def work() -> None:
            if stream and self._socket(call_id) == stream.socket:
                for each in stream.order.pull(time.monotonic()):
                    self._pass(stream, each)

        stream = self._of(call_id)
        if stream and stream.order.waits:
            self._native.do(work)

    def forget(self, call_id: str) -> None:
        """The call is over."""
        self._streams.pop(self._keys.pop(call_id, 0), None)

    def _of(self, call_id: str) -> _Stream | None:
        return self._streams.get(self._keys.get(call_id, 0))

    # --- in the stack's thread --------------------------------------------------------------------------------------

    def _socket(self, call_id: str) -> int | None:
        """The socket of a call's RTP, while it is there."""
        library, call = self._native.library, self._native.call(call_id)
        stream = library.audio_strm(library.call_audio(call)) if call else None
        rtp = library.stream_rtp_sock(stream) if stream else None
        socket: int | None = library.rtp_sock(rtp) if rtp else None
        return socket

    def _take(self, source: int, buffer: int, key: int | None) -> bool:
        """Whether a datagram is no business of the stack's: it has had it by then, or gets it later, or never."""
        stream, data = self._streams.get(key or 0), _data(buffer)
        if stream is None or len(data) < HEAD_BYTES or data[0] >> 6 != 2 or data[1] & 0x7F in RTCP:
            return False
        stream.rests = data[1] & 0x7F == COMFORT_NOISE
        this = _Datagram(ctypes.string_at(source, ctypes.sizeof(c.SipAddress)), data)
        for each in stream.order.push(int.from_bytes(data[2:4]), this, time.monotonic()):
            if each is this:
                self._native.library.udp_recv_helper(stream.socket, source, buffer, stream.helper)
            else:
                self._pass(stream, each)
        self._told(stream.call_id)
        return True

    def _pass(self, stream: _Stream, packet: _Datagram) -> None:
        """Hands the stack what has waited."""
        library = self._native.library
        if buffer := library.mbuf_alloc(len(packet.data)):
            place = c.SipBuffer.from_address(buffer)
            ctypes.memmove(place.start, packet.data, len(packet.data))
            place.end = len(packet.data)
            library.udp_recv_helper(stream.socket, packet.source, buffer, stream.helper)
            library.mem_deref(buffer)


def _data(buffer: int) -> bytes:
    place = c.SipBuffer.from_address(buffer)
    return ctypes.string_at((place.start or 0) + place.at, place.end - place.at)
