"""A line made of files: a recording is the microphone, another file is the loudspeaker."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from edge_agent.clock import Clock
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.lines.pcm import FADE_S, faded_out
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples

WAIT_S = 0.02
"""Longest sleep of a waiting `write`, so that a flush or close is noticed within one block."""


class LineClock:
    """Line time: 0 until the first sound is asked for, then the seconds since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._origin: float | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._lock:
            if self._origin is None:
                self._origin = self._clock.now()

    def now(self) -> float:
        return 0.0 if self._origin is None else self._clock.now() - self._origin

    def has_reached(self, at_s: float) -> bool:
        """Whether it is `at_s`. `now() >= at_s` can be short by a rounding error after `sleep_until(at_s)`."""
        return self._clock.now() >= self._started() + at_s

    def sleep_until(self, at_s: float) -> None:
        self._clock.sleep_until(self._started() + at_s)

    def _started(self) -> float:
        self.start()
        assert self._origin is not None
        return self._origin


class WavSource:
    """Plays a recording into the agent at real-time pace, then digital silence until closed.

    A block is given out when its last sample has been "recorded", as a microphone would. Blocks are one
    `hear` frame (32 ms) at 16 kHz and 10 ms at other rates, where the resampler's 1 ms would make a 32 ms
    block wait for the next.
    """

    def __init__(self, samples: Samples, rate_hz: int, clock: LineClock) -> None:
        self.rate_hz = rate_hz
        self.ended_s: float | None = None
        self._samples = samples
        self._clock = clock
        self._block = HEAR_FRAME if rate_hz == HEAR_RATE_HZ else max(1, rate_hz // 100)
        self._position = 0
        self._closed = threading.Event()

    def read(self) -> AudioFrame | None:
        start, end = self._position, self._position + self._block
        if not self._closed.is_set():
            self._clock.sleep_until(end / self.rate_hz)
        if self._closed.is_set():
            return None
        self._position = end
        if end >= len(self._samples):
            self.ended_s = len(self._samples) / self.rate_hz
        heard = self._samples[start:end]
        silence = np.zeros(self._block - len(heard), np.float32)
        return AudioFrame(np.concatenate([heard, silence]), self.rate_hz, start)

    def close(self) -> None:
        self._closed.set()


class WavSink:
    """Keeps what was said, on the time line of the source, and writes it to a file when closed.

    A block begins where the last one ended, or now if that is past: pauses are zeros. With `paced`, `write`
    returns when its block begins to sound, so at most one block lies ahead of the clock. Without, for a
    driver in one thread whose clock jumps from input block to input block, `write` never waits and never
    moves the clock, and a block that comes up to `SLACK_S` after the last one ended still follows it without
    a gap.
    """

    audible = True
    SLACK_S = 0.04
    """The slack is more than the 32 ms by which the clock jumps, and less than a pause that anybody would hear."""

    def __init__(self, rate_hz: int, clock: LineClock, output: Path | None, *, paced: bool = True) -> None:
        self.rate_hz = rate_hz
        self._clock = clock
        self._output = output
        self._paced = paced
        self._pieces: list[tuple[int, Samples]] = []
        self._cursor = -rate_hz  # long past: nothing was said yet that the first block could follow
        self._flushes = 0
        self._closed = False
        self._lock = threading.Lock()

    def write(self, samples: Samples) -> None:
        self._clock.start()
        with self._lock:
            if self._closed:
                return
            start, now = self._cursor, self._now()
            if now - start > (0 if self._paced else self.SLACK_S * self.rate_hz):
                start = now
            self._cursor = start + len(samples)
            if self._output is not None:
                self._pieces.append((start, samples.astype(np.float32)))
            flushes = self._flushes
        if self._paced:
            self._wait(start / self.rate_hz, flushes)

    def flush(self) -> None:
        with self._lock:
            now = self._now()
            kept = [(start, samples[: now - start]) for start, samples in self._pieces if start < now]
            ahead = [samples[max(0, now - start) :] for start, samples in self._pieces if start + len(samples) > now]
            fade = faded_out(np.concatenate([np.zeros(0, np.float32), *ahead]), round(FADE_S * self.rate_hz))
            self._cursor = min(self._cursor, now + len(fade))
            self._pieces = [*kept, (now, fade)] if len(fade) else kept
            self._flushes += 1

    def close(self) -> None:
        """Write the file, up to the line's time at this moment. Raises InputError if the place cannot be
        written.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._output is None:
                return
            sound = np.zeros(max(self._cursor, self._now()), np.float32)
            for start, samples in self._pieces:
                sound[start : start + len(samples)] = samples
        write_wav(self._output, sound, self.rate_hz)

    def _now(self) -> int:
        return round(self._clock.now() * self.rate_hz)

    def _wait(self, until_s: float, flushes: int) -> None:
        while not (self._clock.has_reached(until_s) or self._closed or self._flushes != flushes):
            self._clock.sleep_until(min(until_s, self._clock.now() + WAIT_S))


class WavLine:
    """A `Line` whose user is a recording and whose loudspeaker is a file (or nothing). Both start at the same
    instant.

    `input`: a file, or samples and their rate in Hz. `paced`: see WavSink. Raises InputError for an input
    that cannot be read and, now rather than after the conversation, for an output that cannot be written.
    """

    def __init__(
        self,
        input: Path | tuple[Samples, int],
        *,
        output_rate_hz: int,
        clock: Clock,
        output: Path | None = None,
        paced: bool = True,
    ) -> None:
        samples, rate_hz = read_audio(input) if isinstance(input, Path) else input
        if output is not None and (output.is_dir() or not output.parent.is_dir()):
            raise InputError(
                f"Cannot write {output}: {'it is a' if output.is_dir() else 'there is no such'} directory."
            )
        self._clock = LineClock(clock)
        self.source = WavSource(samples, rate_hz, self._clock)
        self.sink = WavSink(output_rate_hz, self._clock, output, paced=paced)

    def now_s(self) -> float:
        return self._clock.now()

    @property
    def ended_s(self) -> float | None:
        return self.source.ended_s

    def close(self) -> None:
        self.source.close()
        self.sink.close()
