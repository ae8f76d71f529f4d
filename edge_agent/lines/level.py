"""How loud a recording is, in numbers and in plain words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_agent.types import Samples

FLOOR_DBFS = -120.0
"""What silence is called instead of minus infinity."""

CLIPPED_AT = 0.999
QUIET_DBFS = -45.0
"""A peak below this: speech at arm's length peaks 20 to 35 dB higher on an ordinary microphone."""


@dataclass(frozen=True)
class Level:
    peak_dbfs: float
    rms_dbfs: float
    """The level without the constant part."""
    clipped: float
    """Share of samples at full scale, in [0, 1]."""
    offset: float
    """Mean of the samples (DC), in [-1, 1]; near 0 on a sound device."""

    @property
    def verdict(self) -> str:
        if self.peak_dbfs <= FLOOR_DBFS:
            return "Digital silence: the microphone is muted, switched off or not plugged in."
        if abs(self.offset) > 0.01 and self.rms_dbfs < QUIET_DBFS:
            return "No sound, only a constant voltage (DC): the device or its cable is faulty."
        if self.clipped > 0.001:
            return f"Too loud: {self.clipped:.1%} of the samples are clipped. Turn the gain down."
        if self.peak_dbfs < QUIET_DBFS:
            return "Very quiet: turn the gain up, or come closer."
        return "Good: there is sound, and nothing is clipped."


def level(samples: Samples) -> Level:
    """The level of float32 mono `(n,)`; dBFS is relative to full scale, so 0 is the loudest and a full sine
    has -3 RMS.
    """
    if len(samples) == 0:
        return Level(FLOOR_DBFS, FLOOR_DBFS, 0.0, 0.0)
    offset = float(samples.mean(dtype=np.float64))
    rms = float(np.sqrt(np.mean(np.square(samples.astype(np.float64) - offset))))
    magnitude = np.abs(samples)
    return Level(_db(float(magnitude.max())), _db(rms), float(np.mean(magnitude >= CLIPPED_AT)), offset)


def _db(amplitude: float) -> float:
    return max(FLOOR_DBFS, 20 * float(np.log10(amplitude))) if amplitude > 0 else FLOOR_DBFS
