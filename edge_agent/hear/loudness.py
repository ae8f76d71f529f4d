"""Loudness: how loud somebody speaks, against whoever spoke to the agent last."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

BEFORE_FRAMES = 8
"""Frames kept from before an onset, which is known this late."""
LONGEST_FRAMES = 10 * HEAR_RATE_HZ // HEAR_FRAME
"""Frames of one utterance that count: the last 10 s."""
LOUD_SHARE = 0.2
"""The share of the frames that are the loudest, whose least is the level: vowels, and not the pauses between."""


class Loudness:
    """The hear thread owns it."""

    def __init__(self, far_db: float) -> None:
        """`far_db`: so many dB below whoever spoke last is far away, or speaks to somebody else."""
        self._far_db = far_db
        self._powers: deque[float] = deque(maxlen=LONGEST_FRAMES)
        self._last_db: float | None = None

    def push(self, samples: Samples) -> None:
        """Takes in a frame."""
        self._powers.append(float(np.mean(np.square(samples, dtype=np.float64))))

    def begin(self) -> None:
        """Somebody has begun to speak, a moment ago."""
        recent = list(self._powers)[-BEFORE_FRAMES:]
        self._powers.clear()
        self._powers.extend(recent)

    @property
    def level_db(self) -> float:
        """The level of what was said since, in dBFS."""
        loud = sorted(self._powers, reverse=True)[: max(1, round(LOUD_SHARE * len(self._powers)))]
        return 10 * math.log10(loud[-1] + 1e-12) if loud else -120.0

    @property
    def is_far(self) -> bool:
        """Whether that is far quieter than what was said to the agent last. False where nothing was."""
        return self._last_db is not None and self.level_db < self._last_db - self._far_db

    def accept(self) -> None:
        """It was said to the agent."""
        self._last_db = self.level_db
