"""Media: the stack's sound and figures in our terms, and how far ahead of its time it is given sound. Pure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from edge_agent.lines.pcm import to_int16
from edge_agent.types import Json, Samples

FRAME_S = 0.02
AHEAD_S = 0.06
"""Sound that the stack is given ahead of its time. With 0.04 s a process that is kept waiting for 20 ms is heard."""


def mono(pcm: bytes, channels: int) -> Samples:
    """The mean of the channels of 16-bit samples, in [-1, 1)."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)
    return samples.reshape(-1, channels).mean(axis=1) if channels > 1 else samples


def interleaved(samples: Samples, channels: int) -> bytes:
    """The same in all channels, as 16-bit samples."""
    return np.repeat(to_int16(samples), channels).tobytes()


def room(ahead_s: float) -> int:
    """The frames that the stack may be given, as it has so many seconds that are still to be heard."""
    return max(0, math.floor((AHEAD_S - ahead_s) / FRAME_S + 0.01))


def figures(stats: Any, lost: int = 0) -> Json:
    """What is told of a call's sound (baresip.CallStats); nothing where the stack tells nothing. `lost`: packets of the
    other side, as we count them."""
    if stats is None:
        return {}
    return {
        "lost": max(lost, stats.rx_lost),
        "received": stats.rx_packets,
        "jitter_ms": round(stats.rx_jitter_ms, 1),
        "mos": stats.mos_estimate,
        "starved": stats.audio_tx_starved_frames,
    }
