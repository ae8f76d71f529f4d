"""What the suite says: one spoken question, as PCM16 at 24 kHz or as G.711 mu-law at 8 kHz."""

from __future__ import annotations

import wave
from functools import cache

import numpy as np

from edge_agent.resample import resample
from edge_agent.types import Samples
from tests.rigs.conformance import QUESTION

PCM_PER_MS, ULAW_PER_MS = 48, 8
"""Bytes."""


@cache
def question() -> bytes:
    with wave.open(str(QUESTION)) as file:
        return bytes(file.readframes(file.getnframes()))


@cache
def question_ulaw() -> bytes:
    samples = np.frombuffer(question(), "<i2").astype(np.float32) / np.float32(2**15)
    return ulaw(resample(samples, 24_000, 8_000))


def ulaw(samples: Samples) -> bytes:
    """Float (n,) in -1..1. ITU-T G.711: sign, exponent and mantissa of the 14-bit magnitude plus 33, all inverted."""
    values = np.clip(np.rint(samples * 2**13), -8158, 8158).astype(np.int64)
    magnitudes = np.abs(values) + 33
    exponents = np.floor(np.log2(magnitudes)).astype(np.int64) - 5
    mantissas = (magnitudes >> (exponents + 1)) & 0xF
    codes = (~(np.where(values < 0, 0x80, 0) | exponents << 4 | mantissas) & 0xFF).astype(np.uint8)
    return bytes(codes)
