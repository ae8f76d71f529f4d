"""Sound: recordings cut and joined, at 16 kHz."""

from __future__ import annotations

import numpy as np

from edge_agent.types import HEAR_RATE_HZ, Samples


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * HEAR_RATE_HZ), np.float32)


def cut(samples: Samples, start_s: float, end_s: float) -> Samples:
    """The part from `start_s` to `end_s`, as far as it is there."""
    return samples[max(0, round(start_s * HEAR_RATE_HZ)) : max(0, round(end_s * HEAR_RATE_HZ))]


def without_pauses(samples: Samples, most_s: float = 0.05) -> Samples:
    """The same sound with each pause cut down to `most_s`. A pause is 30 dB below what is loud in it."""
    step = HEAR_RATE_HZ // 100
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    if not power.any():
        return samples
    quiet = power < np.quantile(power, 0.95) / 1000
    since_loud = np.arange(len(quiet)) - np.maximum.accumulate(np.where(quiet, -1, np.arange(len(quiet))))
    return frames[since_loud <= round(most_s * 100)].reshape(-1)
