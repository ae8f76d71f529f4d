"""Inbound: a peer's sound as a `Source`. The network's thread brings packets; whoever reads decodes them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

import numpy as np

from edge_agent.clock import Clock
from edge_agent.rtc.jitter import CLOCK_HZ, Coded, JitterBuffer, Lost, Quiet, RtpPacket, Stretch
from edge_agent.rtc.opus import OpusError
from edge_agent.types import AudioFrame, Samples

MOST_WAITING = 500
"""Pieces of 20 ms that may wait for a reader: 10 s. Beyond, the oldest are dropped."""
MOST_QUIET = CLOCK_HZ
"""Silence is given out in frames of at most a second."""


class SoundDecoder(Protocol):
    """Coded sound in, samples out."""

    rate_hz: int

    def decode(self, payload: bytes) -> Samples:
        """Raises OpusError for a packet that is none."""

    def conceal(self, count: int, repair: bytes | None = None) -> Samples:
        """`count` samples in place of what was lost."""


class Inbound:
    """What a peer says: float32 mono at `rate_hz`, without gaps, from the first packet or the first `read`."""

    def __init__(self, decoder: SoundDecoder, clock: Clock) -> None:
        self.rate_hz = decoder.rate_hz
        self.muted = False
        """Whether silence is heard instead of what comes."""
        self.lost = 0
        """Frames that were concealed so far."""
        self._decoder, self._clock = decoder, clock
        self._buffer: JitterBuffer | None = None
        self._began_s: float | None = None
        self._pieces: deque[Stretch] = deque(maxlen=MOST_WAITING)
        self._position = 0
        self._closed = False
        self._news = threading.Condition()

    def add(self, packet: RtpPacket) -> None:
        """A packet has come. From the network's thread; never waits for long."""
        with self._news:
            now = self._clock.now()
            self._take(self._running(now).push(packet, now))

    @property
    def depth(self) -> int:
        """The frames for which a missing packet is waited for at the moment."""
        return self._buffer.depth if self._buffer else 1

    def read(self) -> AudioFrame | None:
        """Waits for the next piece: 20 ms of sound as a rule. None once it is closed."""
        while (piece := self._next()) is not None:
            samples = self._decoded(piece)
            if len(samples):
                frame = AudioFrame(samples, self.rate_hz, self._position)
                self._position += len(samples)
                return frame
        return None

    def now_s(self) -> float:
        """Seconds since the first sample; 0 before it."""
        return 0.0 if self._began_s is None else self._clock.now() - self._began_s

    def close(self) -> None:
        """Ends a waiting `read`. From any thread, and more than once."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _next(self) -> Stretch | None:
        with self._news:
            while not self._closed:
                if self._pieces:
                    return self._pieces.popleft()
                now = self._clock.now()
                self._take(self._running(now).pull(now))
                if not self._pieces:
                    self._news.wait(max(0.001, self._running(now).wait_s(now)))
            return None

    def _running(self, now: float) -> JitterBuffer:
        self._buffer = self._buffer or JitterBuffer(now)
        return self._buffer

    def _take(self, pieces: list[Stretch]) -> None:
        if pieces:
            if self._began_s is None:
                self._began_s = self._clock.now()
            self._pieces.extend(pieces)
            self._news.notify_all()

    def _decoded(self, piece: Stretch) -> Samples:
        samples = self._sound_of(piece)
        return np.zeros_like(samples) if self.muted else samples

    def _sound_of(self, piece: Stretch) -> Samples:
        match piece:
            case Coded(payload):
                try:
                    return self._decoder.decode(payload)
                except OpusError:
                    return np.zeros(0, np.float32)
            case Lost(length, repair):
                self.lost += 1
                return self._decoder.conceal(self._samples(length), repair)
            case Quiet(length):
                if length > MOST_QUIET:
                    self._later(Quiet(length - MOST_QUIET))
                return np.zeros(self._samples(min(length, MOST_QUIET)), np.float32)

    def _later(self, piece: Stretch) -> None:
        with self._news:
            self._pieces.appendleft(piece)

    def _samples(self, length: int) -> int:
        return length * self.rate_hz // CLOCK_HZ
