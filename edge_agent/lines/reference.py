"""Reference: what the loudspeaker was given to play, sample by sample, for an echo canceller."""

from __future__ import annotations

import threading

import numpy as np

from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, Samples

KEPT = 3 * HEAR_RATE_HZ
"""So much is kept: the delay that can be looked for, and the window in which it is (delay.py)."""


class Reference:
    """The loudspeaker's thread puts blocks, silence too; the microphone's takes those that belong to its own.

    It counts the samples that were played, at 16 kHz: whatever the scheduler does between two blocks, they follow each
    other, as the sink's own clock has it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = np.zeros(2 * KEPT, np.float32)
        self._at = KEPT
        """Where the next block goes."""
        self._end = 0
        self._resampler = Resampler(HEAR_RATE_HZ, HEAR_RATE_HZ)

    @property
    def end(self) -> int:
        """The number of the sample after the last one."""
        return self._end

    def put(self, samples: Samples, rate_hz: int) -> None:
        """Takes the next block that the loudspeaker was given. Called in the order of playing."""
        if rate_hz != self._resampler.from_hz:
            self._resampler = Resampler(rate_hz, HEAR_RATE_HZ)
        block = self._resampler.push(samples)[-KEPT:]
        with self._lock:
            if self._at + len(block) > len(self._kept):
                self._kept[:KEPT] = self._kept[self._at - KEPT : self._at]
                self._at = KEPT
            self._kept[self._at : self._at + len(block)] = block
            self._at += len(block)
            self._end += len(block)

    def between(self, start: int, end: int) -> Samples:
        """Returns the samples from one number to another; zeros for those that are not known yet, or no more."""
        out = np.zeros(end - start, np.float32)
        with self._lock:
            first, last = max(start, self._end - KEPT), min(end, self._end)
            if first < last:
                at = self._at - self._end
                out[first - start : last - start] = self._kept[first + at : last + at]
        return out
