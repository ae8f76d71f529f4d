"""Bell: the sound of what is due: three notes that rise, twice. No speech to the VAD, and no note of the apology's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from edge_agent.interfaces import Chunk
from edge_agent.speak.voice import blocks
from edge_agent.types import Samples, Sentence, Voiced

_NOTES_HZ = (523.25, 659.26, 783.99)
"""C major, from C5."""
_NOTE_S, _DECAY_S, _GAP_S = 0.14, 0.09, 0.12
_LEVEL = 0.4


def bell(rate_hz: int) -> Iterator[Voiced]:
    """The blocks of the sound, which come before the words and are no part of them."""
    return blocks(Sentence(-1, "", last=False), [Chunk(_sound(rate_hz), 0)], rate_hz)


@lru_cache(4)
def _sound(rate_hz: int) -> Samples:
    at_s = np.arange(round(_NOTE_S * rate_hz)) / rate_hz
    envelope = _LEVEL * np.minimum(1, at_s / 0.005) * np.exp(-at_s / _DECAY_S)
    notes = [envelope * np.sin(2 * np.pi * hz * at_s) for hz in _NOTES_HZ]
    gap = np.zeros(round(_GAP_S * rate_hz))
    return np.concatenate([*notes, gap, *notes, gap]).astype(np.float32)
