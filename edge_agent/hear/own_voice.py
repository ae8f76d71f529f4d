"""Own voice: what a frame must be to be the user's while what is left of our own voice may be in it."""

from __future__ import annotations

from math import inf, log10

import numpy as np

from edge_agent.types import AudioFrame

ABOVE_DB = 8.0
"""The user is so far above the level that is expected to be left. Of our own voice alone, one frame in a hundred is,
and next to none of these is taken for speech by the VAD (docs/benchmarks.md, "Over its own voice")."""
SPEECH = 0.6
"""The least VAD probability of speech while our own voice sounds."""


def sounds(frame: AudioFrame) -> bool:
    """Whether our own voice may be in it."""
    return frame.echo_db > -inf


def stands_out(frame: AudioFrame) -> bool:
    """Whether something is louder in it than what may be left of our own voice."""
    power = float(np.mean(np.square(frame.samples, dtype=np.float64)))
    return 10 * log10(power + 1e-12) > frame.echo_db + ABOVE_DB
