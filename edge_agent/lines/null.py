"""A line on which nobody speaks and nothing is heard, at real-time pace: for soak and idle tests."""

from __future__ import annotations

import numpy as np

from edge_agent.clock import Clock
from edge_agent.lines.wav import WavLine
from edge_agent.types import HEAR_RATE_HZ


class NullLine(WavLine):
    """Silence in at 16 kHz, whatever is written takes its time and is gone. It never ends by itself."""

    def __init__(self, *, output_rate_hz: int, clock: Clock) -> None:
        super().__init__((np.zeros(0, np.float32), HEAR_RATE_HZ), output_rate_hz=output_rate_hz, clock=clock)

    @property
    def ended_s(self) -> None:
        return None
