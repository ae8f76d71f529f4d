"""Music: what a caller hears who waits. A slow melody over broken chords, computed, and nobody's work but ours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from edge_agent.types import Samples

BEAT_S = 0.4
LEVEL = 0.12
"""The highest amplitude: quieter than a voice, so that nobody takes the telephone from the ear."""
A4_HZ, A4 = 440.0, 69
"""The pitch of a key of MIDI."""
FADE_S = 0.01
CHORDS = ((60, 64, 67), (57, 60, 64), (65, 69, 72), (67, 71, 74))
"""C, A minor, F, G."""
MELODY = ((76, 74), (72, 71), (69, 72), (74, 71))
"""Two tones a chord, each of four beats."""


@lru_cache(2)
def music(rate_hz: int) -> Samples:
    """One turn of it, 12.8 s, that can be heard again and again without a gap."""
    beats = [key for chord in CHORDS for _ in range(2) for key in (chord[0], chord[1], chord[2], chord[1])]
    length = round(BEAT_S * rate_hz)
    sound = np.zeros(len(beats) * length)
    for at, key in enumerate(beats):
        sound[at * length : (at + 1) * length] += 0.5 * _tone(key, length, rate_hz, decay_s=0.35)
    for at, key in enumerate(key for pair in MELODY for key in pair):
        sound[at * 4 * length : (at + 1) * 4 * length] += _tone(key, 4 * length, rate_hz, decay_s=1.2)
    tune: Samples = (LEVEL * sound / np.abs(sound).max()).astype(np.float32)
    return tune


def _tone(key: int, length: int, rate_hz: int, decay_s: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A string that is plucked: a tone with its octave, which dies away and ends in silence."""
    time = np.arange(length) / rate_hz
    hz = A4_HZ * 2 ** ((key - A4) / 12)
    edges = np.minimum(1, np.minimum(time, time[::-1]) / FADE_S)
    tone: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        (np.sin(2 * np.pi * hz * time) + 0.3 * np.sin(4 * np.pi * hz * time)) * np.exp(-time / decay_s) * edges
    )
    return tone
