"""PCM: the integer and multi-channel forms of sound that exist only at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.types import Samples

FADE_S = 0.01
"""Sound that is cut off sinks to nothing within so long: cut at full level it clicks. No longer than what a sink still
holds of it (one block), and not long enough to be heard as a word."""


def to_mono_float(array: npt.NDArray[Any]) -> Samples:
    """uint8, int16, int32 or float, shape `(n,)` or `(n, channels)`, to float32 `(n,)`: the mean of the channels.

    Integers are scaled to [-1, 1); floats keep their values. Raises ValueError for any other type or shape.
    """
    if array.ndim not in (1, 2):
        raise ValueError(f"sound has shape (n,) or (n, channels), not {array.shape}")
    if array.dtype == np.uint8:
        scaled = (array.astype(np.float32) - 128.0) / 128.0
    elif array.dtype in (np.dtype(np.int16), np.dtype(np.int32)):
        # Divided in double precision: float32 holds 24 of the 32 bits, and rounding up would reach 1.0.
        scaled = array / float(-np.iinfo(array.dtype).min)
    elif array.dtype.kind == "f":
        scaled = array
    else:
        raise ValueError(f"cannot read samples of type {array.dtype}")
    mono = scaled.mean(axis=1) if scaled.ndim == 2 else scaled
    return mono.astype(np.float32)


def faded_out(samples: Samples, most: int) -> Samples:
    """Its beginning, of at most so many samples, sinking to silence in a straight line."""
    kept = samples[:most]
    return (kept * np.linspace(1.0, 0.0, len(kept), endpoint=False)).astype(np.float32)


def faded_in(samples: Samples, most: int) -> Samples:
    """All of it, at most so many samples rising from silence in a straight line."""
    gain = np.ones(len(samples), np.float32)
    gain[:most] = np.linspace(0.0, 1.0, len(gain[:most]), endpoint=False)
    return samples * gain


def to_int16(samples: Samples) -> npt.NDArray[np.int16]:
    """Float32 in [-1, 1] to int16; what lies outside is clipped."""
    return np.round(np.clip(samples, -1.0, 1.0) * 32767.0).astype(np.int16)
