"""Sound: recordings as the benches put them together, at 16 kHz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, Samples


def read_16_khz(path: Path) -> Samples:
    """Float32 mono, shape (n,). Raises InputError for a file without sound."""
    samples, rate_hz = read_audio(path)
    if rate_hz == HEAR_RATE_HZ:
        return samples
    resampler = Resampler(rate_hz, HEAR_RATE_HZ)
    return np.concatenate([resampler.push(samples), resampler.flush()])
