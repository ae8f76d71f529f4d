"""Canceller: takes the loudspeaker's sound out of the microphone's, and says how much of it may be left.

First a Kalman filter (kalman.py), which leaves the user as he is, then AEC3 of WebRTC, which takes the rest and, while
both speak, most of the user, too. So what comes out is AEC3's where nobody is heard above what the filter expects to be
left, and the filter's own where somebody is. Why both: docs/decisions/0012.
"""

from __future__ import annotations

from collections import deque
from math import log10
from typing import Any, NamedTuple

import numpy as np

from edge_agent.lines.kalman import KalmanFilter
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

BLOCK = HEAR_RATE_HZ // 100
"""AEC3 takes 10 ms at a time ..."""
LATE = 128
"""... so that a block of 32 ms waits for 8 ms of the next, if it is not all to wait for 32."""
HEARD_DB = 9.0
"""Above what is expected to be left of the echo by so much, somebody speaks. Echo alone is at -1 dB in the middle and
at 4 to 10 dB in its loudest hundredth; a user as loud as it is at 11 to 25 dB (rig, twelve rooms)."""
TAKEN_DB = 10.0
"""What AEC3 makes quieter by so much is echo to it. Of echo alone 2.9 % of the blocks are above HEARD_DB, and 1.1 % are
so by the judgment of both; of a user as loud as it 79 and 73 % (rig, 30 rooms)."""
SURE = 2
"""Blocks in a row in which somebody is heard, after which it is taken for speech ..."""
HOLD = 8
"""... that goes on for so many blocks more: soft sounds and the ends of words are not above the echo. A quarter of a
second; without it half of the frames of what a user says were taken away, with it a third (rig, 18 rooms)."""
UNHEARD_DB = -15.0
"""What comes out while it is only our own voice is made quieter by so much: AEC3 alone leaves words of it."""
FADES_DB = 2.5
"""What is left dies away by so much in 32 ms, after the filter's own end: 0.77 s for 60 dB."""
RISE = np.minimum(1, np.linspace(0, 4, HEAR_FRAME, dtype=np.float32))
"""One sound passes into another within 8 ms."""
IDLE = 40
"""So many silent blocks after the loudspeaker nothing is left of it, and nothing is done."""
LEAST_DB = -90.0
"""Below this nothing is left that a microphone could tell from its own noise."""
LEARNS_DB, FIRST_LEARNS_DB, FIRST = 0.05, 0.6, 16
"""How fast it learns, each 32 ms, by how much more is left than the filter expects: of a loudspeaker that clips. In the
first blocks faster: after FIRST of them half as fast as in the first."""
EXCEEDED = 0.05
"""The share of blocks that may lie above what it has learned."""
MOST_MORE_DB = 20.0
PROVES_DB = -60.0
"""A block so loud shows something."""
PROVEN_DB, DISPROVEN_DB = 6.0, 2.0
"""The filter is right when it has taken away so much of two thirds of PROOF[0] blocks, and wrong when it has not taken
away the other of a tenth of PROOF[1]: somebody who speaks at the same time leaves moments in which it shows."""
PROOF = 12, 64


class Cleaned(NamedTuple):
    """A block of the microphone without the loudspeaker's sound."""

    samples: Samples
    echo_db: float
    """The level in dBFS that what is left of the echo may have; -inf where there is none."""


class Proof:
    """Whether the filter has shown that it takes an echo away. Until then all that is heard may be one."""

    def __init__(self) -> None:
        self._losses = deque[float](maxlen=PROOF[1])
        self.given = False

    def note(self, near_db: float, left_db: float, *, is_playing: bool) -> None:
        """Takes in what the filter has made of a block."""
        if not is_playing or near_db < PROVES_DB:
            return
        self._losses.append(left_db - near_db)
        lately = sorted(list(self._losses)[-PROOF[0] :])
        if not self.given:
            self.given = len(lately) == PROOF[0] and lately[PROOF[0] * 2 // 3] < -PROVEN_DB
        elif len(self._losses) == PROOF[1]:
            self.given = sorted(self._losses)[PROOF[1] // 10] < -DISPROVEN_DB


class Canceller:
    """One microphone and one loudspeaker, in blocks of HEAR_FRAME samples at 16 kHz."""

    def __init__(self) -> None:
        """Raises ImportError without the extra `room`."""
        from pywebrtc_audio import EchoCanceller

        self._aec: Any = EchoCanceller(HEAR_RATE_HZ, 1)
        self._kalman = KalmanFilter()
        self._proof = Proof()
        self._in = np.zeros((2, LATE), np.float32)
        self._out = np.zeros(0, np.float32)
        self._before = np.zeros(LATE, np.float32)
        self._gain = self._share = np.float32(1)
        """The gain of what comes out, and 1 where that is the filter's own."""
        self._left_db = -np.inf
        self._more_db, self._learned = 0.0, 0
        self._run = self._held = self._idle = 0

    def process(self, near: Samples, far: Samples) -> Cleaned:
        """Takes in what the microphone heard and what was played meanwhile, and returns the first without the second,
        8 ms late.
        """
        left = self._kalman.process(near, far)
        late, self._before = np.concatenate([self._before, left[:-LATE]]), left[-LATE:]
        self._idle = self._idle + 1 if self._kalman.is_silent else 0
        if self._idle > IDLE:
            return Cleaned(late, -np.inf)
        suppressed = self._suppress(left, far)
        near_db, left_db = power_db(near), power_db(left)
        self._proof.note(near_db, left_db, is_playing=bool(far.any()))
        expected_db = self._expected(near_db)
        above_db = left_db - expected_db
        self._learn(above_db, expected_db)
        is_heard = self._is_heard(above_db, left_db - power_db(suppressed))
        return Cleaned(self._mixed(late, suppressed, is_heard), expected_db)

    def move(self, later: float, played: Samples | None = None) -> None:
        """The echo comes later by so many samples: as of KalmanFilter. AEC3 finds that out by itself; after a leap the
        filter has to prove itself anew.
        """
        self._kalman.move(later, played)
        if played is not None:
            self._proof = Proof()

    def _suppress(self, left: Samples, far: Samples) -> Samples:
        self._in = np.concatenate([self._in, np.stack([left, far])], axis=1)
        whole = self._in.shape[1] // BLOCK * BLOCK
        done = self._aec.process(*np.ascontiguousarray(self._in[:, :whole]))
        self._in = self._in[:, whole:]
        self._out = np.concatenate([self._out, done])
        out, self._out = np.split(self._out, [HEAR_FRAME])
        return out

    def _expected(self, near_db: float) -> float:
        own_db = 10 * np.log10(self._kalman.expected + 1e-12) + self._more_db
        self._left_db = max(own_db, self._left_db - FADES_DB)
        if self._left_db <= LEAST_DB:
            return -np.inf
        return float(self._left_db if self._proof.given else max(self._left_db, near_db))

    def _learn(self, above_db: float, expected_db: float) -> None:
        if np.isfinite(expected_db) and self._proof.given:
            pace = LEARNS_DB + FIRST_LEARNS_DB / (1 + self._learned / FIRST)
            self._learned += 1
            step = pace * ((1 - EXCEEDED) if above_db > HEARD_DB / 2 else -EXCEEDED)
            self._more_db = min(MOST_MORE_DB, max(0.0, self._more_db + step))

    def _is_heard(self, above_db: float, taken_db: float) -> bool:
        """Whether somebody is heard, or was a moment ago. `taken_db`: what AEC3 took away besides."""
        is_above = above_db > HEARD_DB and (taken_db < TAKEN_DB or above_db == np.inf)
        self._run = min(SURE, self._run + 1) if is_above else max(0, self._run - 1)
        is_sure = is_above and self._run == SURE
        self._held = HOLD if is_sure else max(0, self._held - 1) if self._proof.given else 0
        return is_above or self._held > 0

    def _mixed(self, own: Samples, suppressed: Samples, is_heard: bool) -> Samples:
        """One of the two, with a straight line from what came out before."""
        quieter = 1.0 if is_heard or not np.isfinite(self._left_db) else 10 ** (UNHEARD_DB / 20)
        share, gain = np.float32(is_heard), np.float32(quieter)
        before = self._gain * (own if self._share else suppressed)
        now = gain * (own if share else suppressed)
        if share != self._share or gain != self._gain:
            now = before + (now - before) * RISE
        self._share, self._gain = share, gain
        return now


def power_db(samples: Samples) -> float:
    """The level of a block in dBFS, at least -120."""
    return 10 * log10(float(samples @ samples) / len(samples) + 1e-12)
