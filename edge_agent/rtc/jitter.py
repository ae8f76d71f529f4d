"""JitterBuffer: packets of sound as the network brings them, in order and without gaps. Pure: time is handed in.

Who listens is no loudspeaker: it takes sound as fast as it comes. So what is in order is given out at once, and nothing
is delayed for the sake of an even pace. Only a missing packet is waited for: one frame while packets come evenly, up to
`MOST_FRAMES` where the network scatters them. What has not come by then was lost, and is told so; if it comes later, it
is dropped. When nothing comes at all (a client that sends nothing while it is silent, a network that stands), silence
takes its place, so that the time of the line goes on.

aiortc's own buffer always holds four packets, holds sixteen for ever after the first loss, and conceals nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CLOCK_HZ = 48_000
"""The clock of Opus in RTP, whatever the rate of the sound (RFC 7587). Lengths here are its ticks."""
FRAME = 960
"""20 ms: what browsers send in a packet."""
MOST_FRAMES = 6
"""The longest wait for a missing packet: 120 ms."""
STALL_S = 0.2
"""Silence is given out when no packet has come for so long."""
MOST_JUMP = 10 * CLOCK_HZ
"""A timestamp so far from what is due belongs to another stream: the count begins again."""
MOST_STALE = 25
"""So many packets in a row whose time is over are another stream, too: half a second of them."""
MOST_KEPT = 100
"""Packets that may wait: 2 s of them."""
FALL = 0.995
"""The factor by which the measured lateness falls with each packet: half of it is forgotten in 2.8 s."""
LEAK = 0.002
"""The share by which the shortest delay rises with each packet: clocks of two machines drift."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet: its sequence number (16 bits), its timestamp (32 bits), and the coded sound with its length."""

    sequence: int
    timestamp: int
    payload: bytes
    length: int = FRAME


@dataclass(frozen=True, slots=True)
class Coded:
    """A packet's sound, to be decoded."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """Sound that was lost. `repair`: the packet behind it, which may hold a coarse copy of it (in-band FEC)."""

    length: int
    repair: bytes | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing was sent, or nothing has come for long."""

    length: int


Stretch = Coded | Lost | Quiet


class JitterBuffer:
    """One stream. `now` in seconds of any steady clock, never going back."""

    def __init__(self, begun_s: float) -> None:
        """`begun_s`: from when on the line has time."""
        self._kept: dict[int, RtpPacket] = {}
        """The packets that wait, by timestamp, counted on from the first one without wrapping round."""
        self._due = 0
        """The timestamp that is to be given out next."""
        self._given = -1
        """The sequence number of what was given out last; -1 before the first packet."""
        self._begun_s = begun_s
        """The time of timestamp 0, by the packets that came fastest."""
        self._zero = 0
        """What the sender calls 0."""
        self._stale = 0
        """Packets in a row whose time was over."""
        self._late_s = 0.0
        """The time by which packets come later than the fastest ones."""

    @property
    def depth(self) -> int:
        """The frames for which a missing packet is waited for, 1 to `MOST_FRAMES`."""
        return min(MOST_FRAMES, max(1, math.ceil(self._late_s * CLOCK_HZ / FRAME)))

    def push(self, packet: RtpPacket, now: float) -> list[Stretch]:
        """Takes a packet; returns what is in order by now."""
        at = self._placed(packet, now)
        self._measure(at, now)
        self._stale = 0 if at >= self._due else self._stale + 1
        if at >= self._due and packet.length > 0:
            self._kept.setdefault(at, packet)
        return self.pull(now)

    def pull(self, now: float) -> list[Stretch]:
        """Returns what is in order by now, or is not waited for any longer."""
        pieces: list[Stretch] = []
        while self._kept:
            first = min(self._kept)
            packet = self._kept[first]
            if first > self._due and not (gap := self._gap(first, packet, now)):
                break
            elif first > self._due:
                pieces += gap
            del self._kept[first]
            pieces.append(Coded(packet.payload))
            self._due, self._given = first + packet.length, packet.sequence
            self._kept = {at: kept for at, kept in self._kept.items() if at >= self._due}
        if not self._kept and (frames := math.floor((now - STALL_S - self._time(self._due)) * CLOCK_HZ / FRAME)) > 0:
            pieces.append(Quiet(frames * FRAME))
            self._due += frames * FRAME
        return pieces

    def wait_s(self, now: float) -> float:
        """How long nothing will have to be done if no packet comes."""
        limit_s = self.depth * FRAME / CLOCK_HZ if self._kept else STALL_S + FRAME / CLOCK_HZ
        return max(0.0, self._time(self._due) + limit_s - now)

    def _gap(self, first: int, packet: RtpPacket, now: float) -> list[Stretch]:
        """What takes the place of what is missing before `first`; nothing while it is waited for."""
        missing = first - self._due
        if packet.sequence == (self._given + 1) & 0xFFFF:
            return [Quiet(missing)]  # nothing was sent meanwhile
        if len(self._kept) < MOST_KEPT and now < self._time(self._due) + self.depth * FRAME / CLOCK_HZ:
            return []
        if missing <= packet.length:
            return [Lost(missing, packet.payload)]
        most = min(missing, MOST_FRAMES * FRAME)
        quiet: list[Stretch] = [Quiet(missing - most)] if missing > most else []
        return [Lost(most - packet.length, None), *quiet, Lost(packet.length, packet.payload)]

    def _placed(self, packet: RtpPacket, now: float) -> int:
        """The packet's timestamp, counted from ours."""
        at = self._due + _signed(packet.timestamp - self._zero - self._due)
        if self._given < 0 or abs(at - self._due) > MOST_JUMP or self._stale >= MOST_STALE:
            self._kept.clear()
            self._zero = (packet.timestamp - self._due) & 0xFFFFFFFF
            self._given = (packet.sequence - 1) & 0xFFFF
            self._begun_s = now - self._due / CLOCK_HZ
            at = self._due
        return at

    def _measure(self, at: int, now: float) -> None:
        late_s = now - self._time(at)
        if late_s < 0:
            self._begun_s += late_s
        else:
            self._begun_s += LEAK * late_s
        self._late_s = max(late_s, FALL * self._late_s)

    def _time(self, at: int) -> float:
        """When the packet of this timestamp comes, if it comes fast."""
        return self._begun_s + at / CLOCK_HZ


def _signed(difference: int) -> int:
    """A difference of timestamps of 32 bits, the shorter way round."""
    return (difference + 2**31) % 2**32 - 2**31
