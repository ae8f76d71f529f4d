"""A tape: a line whose time is its own sample counter."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import inf
from typing import Protocol

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.run.threads import Conversation
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples
from tests.rigs.fakes.engines import VOICE_RATE_HZ


class TapeSource:
    rate_hz = HEAR_RATE_HZ

    def __init__(self, samples: Samples, clock: ManualClock, settle: Callable[[], None]) -> None:
        self._samples, self._clock, self._settle = samples, clock, settle
        self._at = 0
        self.closed = False
        self.ended_s: float | None = None

    def read(self) -> AudioFrame | None:
        """The next 32 ms, once everybody has dealt with the last; silence after the end."""
        self._settle()
        if self.closed:
            self._settle()  # it may have come in the middle of the last: no block waits for a tape that stands still
            return None
        frame = np.zeros(HEAR_FRAME, np.float32)
        heard = self._samples[self._at : self._at + HEAR_FRAME]
        frame[: len(heard)] = heard
        start, self._at = self._at, self._at + HEAR_FRAME
        if self._at >= len(self._samples):
            self.ended_s = len(self._samples) / self.rate_hz
        self._clock.sleep_until(self._at / self.rate_hz)
        return AudioFrame(frame, self.rate_hz, start)

    def close(self) -> None:
        self.closed = True


class TapeSink:
    """Keeps what is played. `waits`: a thread's block may not sound before the tape has come to it."""

    rate_hz = VOICE_RATE_HZ

    def __init__(self, clock: ManualClock, waits: bool) -> None:
        self._clock, self._waits = clock, waits
        self.lost_s = (inf, inf)
        """From when to when, in line time, there is no loudspeaker: what is written then is not kept."""
        self.free_s = 0.0
        """Up to where a thread's blocks may begin to sound: all that the user said before has been dealt with."""
        self._writing = False
        self.closed = False
        self.flushed = 0
        self.cursor = 0
        self.blocks: list[tuple[int, Samples]] = []

    @property
    def waiting(self) -> bool:
        """Whether a block waits for the tape: no longer once the tape is there, even if nobody has seen it yet."""
        return self._writing and self.free_s * self.rate_hz < self.cursor

    @property
    def audible(self) -> bool:
        return not self.lost_s[0] <= self._clock.now() < self.lost_s[1]

    def write(self, samples: Samples) -> None:
        self.cursor = max(self.cursor, int(self._clock.now() * self.rate_hz) - HEAR_FRAME)
        self._writing = self._waits
        while self.waiting and not self.closed:
            os.sched_yield()
        self._writing = False
        if self.audible:
            self.blocks.append((self.cursor, samples))
        self.cursor += len(samples)

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed = True


class Tape:
    """A line whose time is its own sample counter: nothing sleeps, and a minute takes well under a second."""

    def __init__(self, samples: Samples, *, threaded: bool = False) -> None:
        self.threaded = threaded
        self._clock = ManualClock()
        self._heard: Callable[[], bool] = lambda: True
        self._rests: Callable[[], bool] = lambda: True
        self.source = TapeSource(samples, self._clock, self._settle)
        self.sink = TapeSink(self._clock, waits=threaded)

    def now_s(self) -> float:
        return self._clock.now()

    @property
    def ended_s(self) -> float | None:
        return self.source.ended_s

    def close(self) -> None:
        self.source.close()
        self.sink.close()

    def sound(self) -> Samples:
        """All that was played, on the tape's time line."""
        out = np.zeros(max((start + len(block) for start, block in self.sink.blocks), default=0), np.float32)
        for start, block in self.sink.blocks:
            out[start : start + len(block)] = block
        return out

    def follow(self, conversation: Conversation, rests: Callable[[], bool] | None = None) -> None:
        """Let time pass only while the threads of `conversation` wait: those of the ears, and then, if nothing else is
        said to be its rest, all of them."""
        self._heard = lambda: conversation.host.to_hear.reader_waits or conversation.agent.gate.closed
        self._rests = rests or (lambda: settled(conversation, self.sink))

    def _settle(self) -> None:
        """First the ears, then playback: else a block might sound before or after a pause that begins with its frame,
        as the threads happen to run."""
        self._wait_for(self._heard)
        self.sink.free_s = inf if self.source.closed else self.now_s()
        self._wait_for(self._rests)

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        while not ready() and not self.sink.closed:
            os.sched_yield()


class Waiting(Protocol):
    @property
    def waiting(self) -> bool: ...


def settled(conversation: Conversation, sink: Waiting) -> bool:
    """Whether every thread waits: asked from the first room to the last, since work only flows that way."""
    if conversation.agent.gate.closed:
        return True
    return conversation.host.rests and plays_all(conversation, sink)


def plays_all(conversation: Conversation, sink: Waiting) -> bool:
    """Whether playback waits: for more, for the floor, or for the tape."""
    return conversation.blocks.reader_waits or conversation.agent.gate.waiting or sink.waiting
