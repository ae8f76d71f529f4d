"""G.711: 16-bit samples to 8 bits and back, by the tables of ITU-T G.711 (mu-law, A-law)."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Law = Literal["ulaw", "alaw"]

_BIAS = 132
"""The bias of mu-law, in 16-bit units (33 of G.711's 14 bits): it makes each segment begin at a power of two."""
_CLIP = 32_635


def encode(samples: npt.NDArray[np.int16], law: Law) -> bytes:
    """One byte a sample, (n,)."""
    return bytes(_codes(law)[samples.view(np.uint16)])


def decode(data: bytes, law: Law) -> npt.NDArray[np.int16]:
    """One sample a byte, (n,). Every byte is a code."""
    return _levels(law)[np.frombuffer(data, np.uint8)]


@cache
def _codes(law: Law) -> npt.NDArray[np.uint8]:
    """The code of each sample, by its 16 bits taken as unsigned: (65536,)."""
    samples = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)
    return (_ulaw_codes if law == "ulaw" else _alaw_codes)(samples)


@cache
def _levels(law: Law) -> npt.NDArray[np.int16]:
    """The sample of each code: (256,)."""
    codes = np.arange(256, dtype=np.int32)
    return (_ulaw_levels if law == "ulaw" else _alaw_levels)(codes)


def _ulaw_codes(samples: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Sign, segment and step of the biased magnitude, all bits inverted (table 2a of G.711)."""
    magnitudes = np.minimum(np.abs(samples), _CLIP) + _BIAS
    segments = np.frexp(magnitudes)[1] - 8
    steps = (magnitudes >> (segments + 3)) & 15
    codes: npt.NDArray[np.int32] = ~((samples < 0) << 7 | segments << 4 | steps)
    return codes.astype(np.uint8)


def _ulaw_levels(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
    inverted = ~codes
    magnitudes = (((inverted & 15) << 3) + _BIAS << ((inverted >> 4) & 7)) - _BIAS
    return np.where(inverted & 128, -magnitudes, magnitudes).astype(np.int16)


def _alaw_codes(samples: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Sign, segment and step of the magnitude in 13 bits, even bits inverted (table 1a of G.711)."""
    magnitudes = np.where(samples < 0, ~samples, samples) >> 3
    segments = np.maximum(np.frexp(magnitudes)[1] - 5, 0)
    steps = (magnitudes >> np.maximum(segments, 1)) & 15
    codes: npt.NDArray[np.int32] = ((samples >= 0) << 7 | segments << 4 | steps) ^ 0x55
    return codes.astype(np.uint8)


def _alaw_levels(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
    codes = codes ^ 0x55
    segments = (codes >> 4) & 7
    steps = ((codes & 15) << 4) + 8
    magnitudes = np.where(segments > 0, steps + 256 << np.maximum(segments - 1, 0), steps)
    return np.where(codes & 128, magnitudes, -magnitudes).astype(np.int16)
