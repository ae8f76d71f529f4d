"""Framing: sound of any rate and block length in, frames of 512 samples at 16 kHz out."""

from __future__ import annotations

import logging
from math import inf

import numpy as np

from edge_agent.resample import Resampler
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples

log = logging.getLogger(__name__)

FRAME_S = HEAR_FRAME / HEAR_RATE_HZ
RESAMPLER_HOLDS = 32
"""Samples at 16 kHz that the resampler may hold back: 2 ms."""


def frames_of(seconds: float) -> int:
    """The least number of frames that last `seconds`, at least one."""
    return max(1, -int(-seconds // FRAME_S))


class Framer:
    """Cuts one line's sound into frames for `hear`.

    The frames do not depend on how the input was cut (tested bit for bit). NaN and infinity become 0 and the
    rest is clipped to [-1, 1], so that a broken driver cannot poison the VAD's state.
    """

    def __init__(self) -> None:
        self._resampler: Resampler | None = None
        self._blocks: list[Samples] = []
        """Sound that is not resampled yet, as no frame would be complete with it: half the work for blocks of 10 ms."""
        self._rest: Samples = np.zeros(0, np.float32)
        self._start = 0
        self._end: int | None = None
        """The end of the last block, in samples of the line."""
        self._echo_db = -inf
        """The most that was expected in what is not cut yet."""

    def push(self, frame: AudioFrame) -> list[AudioFrame]:
        """The frames completed by this block. `start` counts 16 kHz samples since the line opened.

        Raises ValueError if the rate changes: a line has one rate.
        """
        if self._resampler is None:
            self._resampler = Resampler(frame.rate_hz, HEAR_RATE_HZ)
            self._start = round(frame.start * HEAR_RATE_HZ / frame.rate_hz)
        if frame.rate_hz != self._resampler.from_hz:
            raise ValueError(f"the line's rate changed from {self._resampler.from_hz} to {frame.rate_hz} Hz")
        if self._end is not None and frame.start > self._end:
            self._skip((frame.start - self._end) / frame.rate_hz)
        self._end = frame.end
        self._echo_db = max(self._echo_db, frame.echo_db)
        self._blocks.append(frame.samples)
        if len(self._rest) + sum(map(len, self._blocks)) * HEAR_RATE_HZ / frame.rate_hz < HEAR_FRAME:
            return []
        return self._cut(self._resampled(self._resampler))

    def _resampled(self, resampler: Resampler) -> Samples:
        blocks, self._blocks = self._blocks, []
        return resampler.push(clean(np.concatenate(blocks)))

    def flush(self) -> list[AudioFrame]:
        """The tail, padded with zeros to a whole frame; nothing if nothing is left. The line is over."""
        tail = self._rest[:0]
        if self._resampler is not None:
            left = self._resampled(self._resampler) if self._blocks else tail
            tail = np.concatenate([left, self._resampler.flush()])
        missing = -(len(self._rest) + len(tail)) % HEAR_FRAME
        return self._cut(np.concatenate([tail, np.zeros(missing, np.float32)]))

    def _skip(self, seconds: float) -> None:
        """Sound that nobody had time for: what follows has its own time again. No silence is put in its place, which
        would end the turn of whoever speaks."""
        log.warning("%.1f s of sound were lost: hearing did not keep up.", seconds)
        self._start += round(seconds * HEAR_RATE_HZ)

    def _cut(self, samples: Samples) -> list[AudioFrame]:
        # Clipped again: the resampler overshoots by up to some 10 % at full scale.
        waiting = np.concatenate([self._rest, np.clip(samples, -1.0, 1.0)])
        whole = len(waiting) - len(waiting) % HEAR_FRAME
        self._rest = waiting[whole:].copy()
        first = self._start
        self._start += whole
        echo_db = self._echo_db
        if whole and not len(self._rest):
            self._echo_db = -inf
        starts = range(0, whole, HEAR_FRAME)
        return [AudioFrame(waiting[i : i + HEAR_FRAME], HEAR_RATE_HZ, first + i, echo_db) for i in starts]


class Gatherer:
    """Joins the blocks of a line until a frame of `hear` is complete with them. No frame comes later, and the thread
    that hears is woken 31 times a second instead of 100: being woken cost more than to listen for a name.
    """

    def __init__(self) -> None:
        self._blocks: list[AudioFrame] = []
        self._frames = 0
        """Frames that what was given out completes."""
        self._samples = 0
        """The samples of all blocks so far."""

    def push(self, block: AudioFrame) -> list[AudioFrame]:
        """What is to be heard now: nothing, what was gathered, or that before and behind a gap."""
        ready = self._joined() if self._blocks and block.start != self._blocks[-1].end else []
        self._blocks.append(block)
        self._samples += len(block.samples)
        held = 0 if block.rate_hz == HEAR_RATE_HZ else RESAMPLER_HOLDS
        frames = (self._samples * HEAR_RATE_HZ // block.rate_hz - held) // HEAR_FRAME
        if frames == self._frames:
            return ready
        self._frames = frames
        return ready + self._joined()

    def _joined(self) -> list[AudioFrame]:
        blocks, self._blocks = self._blocks, []
        if len(blocks) < 2:
            return blocks
        samples, echo_db = np.concatenate([each.samples for each in blocks]), max(each.echo_db for each in blocks)
        return [AudioFrame(samples, blocks[0].rate_hz, blocks[0].start, echo_db)]


def clean(samples: Samples) -> Samples:
    """Finite float32 in [-1, 1]: NaN and infinity become 0."""
    finite = np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -1.0, 1.0)
