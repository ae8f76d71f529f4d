"""Reference: what the loudspeaker was given to play, on the time line of the microphone, for an echo canceller."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, Samples

KEPT_S = 3.0
"""The delay that can be looked for, and the window in which it is (delay.py)."""
LOST_S = 0.5
"""Further away it was another device, or none for a while."""
STRAYED_S, STRAYED_SILENT_S = 0.06, 0.008
"""How far the loudspeaker's clock may be from the line's before its sound is put anew: a gap in what was played, or
drift. At 200 ppm the smaller one takes 40 s; put anew in the middle of a word the filters would begin again."""
SMOOTHED = 0.02
"""The weight of one block in the mean of that distance: blocks of 10 ms come late and early by turns."""


class Reference:
    """The loudspeaker's thread puts blocks, silence too; the microphone's takes what belongs to its own blocks.

    A block follows the last one without a gap, whatever the scheduler did between them: so the sink's own clock counts.
    Sound that is missing, as there is no loudspeaker, is silence.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        """`now_s` is the line's."""
        self._now_s = now_s
        self._lock = threading.Lock()
        self._kept = np.zeros(round(KEPT_S * HEAR_RATE_HZ), np.float32)
        self._end: int | None = None
        """The line's sample (at 16 kHz) after the last one that was put."""
        self._strayed = 0.0
        self._silent = 0
        """Samples since the last one that could be heard."""
        self._resampler = Resampler(HEAR_RATE_HZ, HEAR_RATE_HZ)

    def put(self, samples: Samples, rate_hz: int) -> None:
        """Takes the next block that the loudspeaker was given. Called in the order of playing."""
        with self._lock:
            if rate_hz != self._resampler.from_hz:
                self._resampler = Resampler(rate_hz, HEAR_RATE_HZ)
            block = self._resampler.push(samples)
            self._end = end = self._follow(round(self._now_s() * HEAR_RATE_HZ))
            self._append(block)
            self._end = end + len(block)
            self._silent = 0 if np.any(block) else self._silent + len(block)

    def _follow(self, now: int) -> int:
        """Where the next block begins: behind the last one, or now where that has become wrong."""
        if self._end is None or abs(self._end - now) > LOST_S * HEAR_RATE_HZ:
            self._kept[:] = 0
            self._strayed = 0.0
            return now
        self._strayed += SMOOTHED * (self._end - now - self._strayed)
        most = STRAYED_SILENT_S if self._silent > HEAR_RATE_HZ // 2 else STRAYED_S
        if abs(self._strayed) <= most * HEAR_RATE_HZ:
            return self._end
        moved, self._strayed = round(self._strayed), 0.0
        if moved < 0:
            self._append(np.zeros(min(-moved, len(self._kept)), np.float32))
        else:
            self._kept = np.concatenate([np.zeros(moved, np.float32), self._kept])[: len(self._kept)]
        return self._end - moved

    def _append(self, block: Samples) -> None:
        self._kept = np.concatenate([self._kept, block])[-len(self._kept) :]

    def between(self, start: int, end: int) -> Samples:
        """Returns what was played from one sample of the line to another, at 16 kHz; zeros where nothing is known."""
        with self._lock:
            sound, kept_end = self._kept, self._end or 0
        out = np.zeros(end - start, np.float32)
        first, last = max(start, kept_end - len(sound)), min(end, kept_end)
        if first < last:
            at = first - (kept_end - len(sound))
            out[first - start : last - start] = sound[at : at + last - first]
        return out
