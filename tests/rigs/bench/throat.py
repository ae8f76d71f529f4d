"""Throat: hums, vowels, laughs and coughs, made up from a seed: a source (pulses, breath) and a filter (formants)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edge_agent.types import HEAR_RATE_HZ, Samples

Dice = np.random.Generator
Wave = npt.NDArray[np.float64]
Formants = tuple[tuple[float, float], ...]
"""Frequency in Hz and level in dB."""

NASAL: Formants = ((260, 0), (1050, -24), (2250, -32))
VOWELS: tuple[Formants, ...] = (
    ((720, 0), (1150, -4), (2550, -24)),
    ((480, 0), (850, -6), (2500, -30)),
    ((560, 0), (1500, -10), (2450, -18)),
)
"""As in "ah", "oh" and "uh"."""


def make(kind: str, seed: int) -> Samples:
    """One of KINDS at 16 kHz, with a peak of 1; the same for the same seed."""
    sound = KINDS[kind](np.random.default_rng(seed))
    made: Samples = (sound / np.abs(sound).max()).astype(np.float32)
    return made


def hum(dice: Dice) -> Wave:
    """Mm, or mhm with a breath between, the second one higher."""
    pitch_hz, seconds = _pitch(dice), dice.uniform(0.16, 0.3)
    first = voiced(dice, NASAL, seconds, pitch_hz, pitch_hz * dice.uniform(0.85, 1.0))
    if dice.random() < 0.3:
        return voiced(dice, NASAL, seconds + 0.2, pitch_hz, pitch_hz * 0.9)
    breath = 0.05 * breathed(dice, NASAL, dice.uniform(0.05, 0.1))
    second = voiced(dice, NASAL, dice.uniform(0.2, 0.35), pitch_hz * 1.05, pitch_hz * dice.uniform(1.1, 1.35))
    return np.concatenate([first, breath, second])


def vowel(dice: Dice) -> Wave:
    """Ah, oh or uh."""
    pitch_hz = _pitch(dice)
    end_hz = pitch_hz * dice.uniform(0.75, 1.2)
    return voiced(dice, VOWELS[dice.integers(len(VOWELS))], dice.uniform(0.25, 0.5), pitch_hz, end_hz)


def laugh(dice: Dice) -> Wave:
    """Ha ha ha: three to seven, some five a second."""
    pitch_hz, formants, parts = 1.3 * _pitch(dice), VOWELS[dice.integers(len(VOWELS))], list[Wave]()
    for _ in range(dice.integers(3, 8)):
        parts.append(0.3 * breathed(dice, formants, dice.uniform(0.05, 0.1)))
        parts.append(voiced(dice, formants, dice.uniform(0.07, 0.12), pitch_hz, pitch_hz * 0.9))
        pitch_hz *= dice.uniform(0.92, 1.02)
    return np.concatenate(parts)


def cough(dice: Dice) -> Wave:
    """One to three: a burst, breath, and at times some voice at the end."""
    parts = list[Wave]()
    for _ in range(dice.integers(1, 4)):
        burst = breathed(dice, ((900, 0), (1800, -3), (3200, -6)), dice.uniform(0.12, 0.25))
        parts.append(burst * np.exp(-np.arange(len(burst)) / (0.06 * HEAR_RATE_HZ)))
        if dice.random() < 0.5:
            parts.append(0.4 * voiced(dice, VOWELS[2], dice.uniform(0.06, 0.12), 130, 100))
        parts.append(np.zeros(int(dice.uniform(0.1, 0.25) * HEAR_RATE_HZ)))
    return np.concatenate(parts[:-1])


KINDS: dict[str, Callable[[Dice], Wave]] = {"hum": hum, "vowel": vowel, "laugh": laugh, "cough": cough}


def _pitch(dice: Dice) -> float:
    """A man's or a woman's."""
    return dice.uniform(90, 140) if dice.random() < 0.5 else dice.uniform(170, 250)


def voiced(dice: Dice, formants: Formants, seconds: float, from_hz: float, to_hz: float) -> Wave:
    """Pulses of a pitch that glides and trembles, through the formants."""
    count = int(seconds * HEAR_RATE_HZ)
    pitch_hz = np.linspace(from_hz, to_hz, count) * (1 + 0.01 * np.sin(np.arange(count) * 2 * np.pi * 5 / HEAR_RATE_HZ))
    phase = np.cumsum(pitch_hz / HEAR_RATE_HZ)
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.01 * dice.standard_normal(count)
    return _filtered(pulses, formants, tilt=0.7) * _swell(count)


def breathed(dice: Dice, formants: Formants, seconds: float) -> Wave:
    count = int(seconds * HEAR_RATE_HZ)
    return _filtered(dice.standard_normal(count), formants, tilt=0.0) * _swell(count)


def _filtered(source: Wave, formants: Formants, tilt: float) -> Wave:
    frequency = np.fft.rfftfreq(len(source), 1 / HEAR_RATE_HZ)
    gain = sum(10 ** (db / 20) / (1 + ((frequency - hz) / (40 + 0.06 * hz)) ** 2) for hz, db in formants)
    gain = gain / np.maximum(1.0, frequency / 300) ** tilt
    sound = np.fft.irfft(np.fft.rfft(source) * gain, len(source))
    return np.asarray(sound / np.abs(sound).max())


def _swell(count: int) -> Wave:
    """Rises within 30 ms and falls within 60."""
    at = np.arange(count) / HEAR_RATE_HZ
    return np.minimum(1.0, at / 0.03) * np.minimum(1.0, at[::-1] / 0.06)
