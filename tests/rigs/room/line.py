"""A line in a room: what its sink plays comes back into its source. Its time is its own sample counter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.lines.pcm import FADE_S, faded_out
from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, AudioFrame, Samples
from tests.rigs.room.room import Guest, Room, pink

BLOCK = HEAR_RATE_HZ // 100
"""Samples of one block of the microphone, and of what the loudspeaker takes at a time: 10 ms."""
BUFFER_S = 0.05
"""The first block waits for so long in the buffer of the device: the inline conversation writes once a frame (32 ms),
so that it would run dry in between. A real one has 46 ms."""
REST_S = 0.3
"""So long has the loudspeaker been silent when what it says next is another answer."""


class RoomSink:
    """A loudspeaker. `tap` is told of each block as it is played, silence too, as that of a sound card."""

    audible = True

    def __init__(self, rate_hz: int, clock: ManualClock, most: int) -> None:
        self.rate_hz = rate_hz
        self.tap: Callable[[Samples, int], object] = lambda samples, rate_hz: None
        self.played = np.zeros(most, np.float32)
        self.began = np.zeros(0, np.int64)
        """The sample at which each answer began."""
        self._clock = clock
        self._cursor = -HEAR_RATE_HZ
        self._resampler = Resampler(rate_hz, HEAR_RATE_HZ)

    def write(self, samples: Samples) -> None:
        now = self.now
        if self._cursor < now:
            start = now + round(BUFFER_S * HEAR_RATE_HZ)
            if now - self._cursor > REST_S * HEAR_RATE_HZ:
                self.began = np.append(self.began, start)
            self._cursor, self._resampler = start, Resampler(self.rate_hz, HEAR_RATE_HZ)
        sound = self._resampler.push(samples)[: max(0, len(self.played) - self._cursor)]
        self.played[self._cursor : self._cursor + len(sound)] = sound
        self._cursor += len(sound)

    def flush(self) -> None:
        ahead = self.played[self.now : self._cursor]
        fade = faded_out(ahead, round(FADE_S * HEAR_RATE_HZ))
        ahead[:] = 0
        ahead[: len(fade)] = fade
        self._cursor = min(self._cursor, self.now + len(fade))
        self._resampler = Resampler(self.rate_hz, HEAR_RATE_HZ)

    def close(self) -> None:
        pass

    @property
    def now(self) -> int:
        return round(self._clock.now() * HEAR_RATE_HZ)


class RoomSource:
    """A microphone, in blocks of 10 ms at 16 kHz. `heard` keeps what it heard."""

    rate_hz = HEAR_RATE_HZ

    def __init__(self, room: Room, guests: Sequence[Guest], sink: RoomSink, clock: ManualClock) -> None:
        self._room, self._sink, self._clock = room, sink, clock
        self._waiting = list(guests)
        self._closed = False
        most = len(sink.played)
        self.heard = pink(most, room.noise_dbfs, room.seed)
        self._response = np.fft.rfft(room.response * room.gain, self._size)
        self._echo = np.zeros(most + self._size, np.float32)
        self._at = 0
        self.ended_s: float | None = None
        self.began_s: list[float] = []
        """When each guest began."""
        self._latest = self._done = 0
        """The sample at which the latest guest began, and the one after the last of all so far."""

    @property
    def _size(self) -> int:
        return 1 << (len(self._room.response) + BLOCK).bit_length()

    def read(self) -> AudioFrame | None:
        start, end = self._at, self._at + BLOCK
        if self._closed or end > len(self.heard):
            return None
        self._admit(start)
        self._at = end
        played = self._sink.played[start:end].copy()
        self._sink.tap(played, HEAR_RATE_HZ)
        self._clock.sleep_until(end / self.rate_hz)
        self._radiate(start, played)
        self.heard[start:end] = np.clip(self.heard[start:end] + self._echo_at(start, end), -1, 1)
        return AudioFrame(self.heard[start:end].copy(), self.rate_hz, start)

    def _admit(self, now: int) -> None:
        """Let the guests in whose time has come."""
        while self._waiting and (began := self._begins(self._waiting[0])) is not None and began <= now:
            guest = self._waiting.pop(0)
            sound = guest.sound[: len(self.heard) - began]
            self.heard[began : began + len(sound)] += sound
            self._latest, self._done = began, max(self._done, began + len(sound))
            self.began_s.append(began / self.rate_hz)
        if not self._waiting and now >= self._done and self.ended_s is None:
            self.ended_s = self._done / self.rate_hz

    def _begins(self, guest: Guest) -> int | None:
        if guest.at_s is not None:
            return round(guest.at_s * self.rate_hz)
        began = self._sink.began[self._sink.began >= self._latest]
        return int(began[0]) + round(guest.into_s * self.rate_hz) if len(began) else None

    def _radiate(self, start: int, played: Samples) -> None:
        if played.any():
            spectrum = np.fft.rfft(self._room.emitted(played), self._size) * self._response
            self._echo[start : start + self._size] += np.fft.irfft(spectrum).astype(np.float32)

    def _echo_at(self, start: int, end: int) -> Samples:
        """The echo in a block, at the microphone's pace: a cubic through four samples of the loudspeaker's."""
        at = np.arange(start, end) * (1 + self._room.drift_ppm * 1e-6) - self._room.delay_s * HEAR_RATE_HZ
        whole = np.floor(at).astype(int)
        a, b, c, d = (self._echo[np.maximum(0, whole + i)] for i in (-1, 0, 1, 2))
        x = (at - whole).astype(np.float32)
        sound = b + x / 2 * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))
        return np.where(whole > 0, sound, 0).astype(np.float32)

    def close(self) -> None:
        self._closed = True


class RoomLine:
    """A `Line` for the inline conversation. It ends when the last guest has sounded, or after `most_s`."""

    def __init__(self, room: Room, guests: Sequence[Guest] = (), *, output_rate_hz: int, most_s: float = 60.0) -> None:
        self._clock = ManualClock()
        self.sink = RoomSink(output_rate_hz, self._clock, round(most_s * HEAR_RATE_HZ))
        self.source = RoomSource(room, guests, self.sink, self._clock)

    def now_s(self) -> float:
        return self._clock.now()

    @property
    def ended_s(self) -> float | None:
        return self.source.ended_s

    def close(self) -> None:
        self.source.close()
        self.sink.close()
