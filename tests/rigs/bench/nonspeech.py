"""Non-speech: what a microphone hears of a room in which nobody speaks, made up from a seed, no two minutes alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edge_agent.types import HEAR_RATE_HZ, Samples

MINUTE_S = 60
N = MINUTE_S * HEAR_RATE_HZ
PEAK_DB = (-50.0, -1.0)
"""Of the loudest sample, re full scale: from what a quiet room leaves to what a microphone just bears."""
DRIFT_DB = 8.0
"""How far the level wanders within a minute, up and down."""
BACKGROUND = 0.5
"""Share of the minutes in which a second sound is under the first."""

Dice = np.random.Generator
Wave = npt.NDArray[np.float64]


def kind(number: int) -> str:
    """Of the minute with this number; they take turns."""
    return list(KINDS)[number % len(KINDS)]


def minute(number: int) -> Samples:
    """Shape (960000,) at 16 kHz: the same each time, and another one for each number."""
    dice = np.random.default_rng(number)
    sound = _normed(KINDS[kind(number)](dice))
    if dice.random() < BACKGROUND:
        sound += dice.uniform(0.02, 0.5) * _normed(KINDS[kind(int(dice.integers(len(KINDS))))](dice))
    drift_db = np.interp(np.arange(N), np.linspace(0, N, 13), dice.uniform(-DRIFT_DB, DRIFT_DB, 13))
    gain = 10 ** (dice.uniform(*PEAK_DB) / 20)
    return (gain * _normed(sound * 10 ** (drift_db / 20))).astype(np.float32)


def noise(dice: Dice, n: int = N) -> Wave:
    """Of any colour, from violet (f^1) to beyond brown (f^-2.5), at times only a band of it."""
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / HEAR_RATE_HZ), 20.0)
    spectrum = np.fft.rfft(dice.standard_normal(n)) * frequency ** (dice.uniform(-2.5, 1.0) / 2)
    if dice.random() < 0.4:
        middle_hz, octaves = 2 ** dice.uniform(7, 12.5), dice.uniform(0.2, 3)
        spectrum *= np.abs(np.log2(frequency / middle_hz)) < octaves / 2
    return np.fft.irfft(spectrum, n)


def hum(dice: Dice) -> Wave:
    """Mains at 50 or 60 Hz with its harmonics, and the noise of what it feeds."""
    sound = _tone(np.full(N, dice.choice([50.0, 60.0])), dice.uniform(0, 1, 20) ** 2)
    return _normed(sound) + dice.uniform(0, 0.3) * _normed(noise(dice))


def fan(dice: Dice) -> Wave:
    """Noise that blades chop, and their tone."""
    blades_hz = dice.uniform(5, 120) * (1 + 0.01 * _wander(dice))
    chop = 1 + dice.uniform(0, 0.8) * _tone(blades_hz, np.ones(1))
    return _normed(noise(dice)) * chop + dice.uniform(0, 0.5) * _tone(blades_hz, dice.uniform(0, 0.5, 6))


def motor(dice: Dice) -> Wave:
    """A vacuum cleaner, a car, a drill: harmonics that glide in the range of voices, and noise."""
    pitch_hz = 2 ** (np.log2(dice.uniform(40, 400)) + dice.uniform(0.05, 1) * _wander(dice, 20))
    return _normed(_tone(pitch_hz, dice.uniform(0, 1, 12))) + dice.uniform(0.1, 1.5) * _normed(noise(dice))


def clicks(dice: Dice) -> Wave:
    """A keyboard, a mouse, rain on a sill: short bursts, from a few in the minute to a hundred a second."""
    sound = np.zeros(N)
    for at in dice.integers(0, N, int(MINUTE_S * 10 ** dice.uniform(-1, 2))):
        length = int(HEAR_RATE_HZ * dice.uniform(0.001, 0.02))
        _add(sound, at, dice.standard_normal(length) * np.exp(-6 * np.arange(length) / length) * dice.uniform(0.2, 1))
    return sound


def knocks(dice: Dice) -> Wave:
    """At a door, on a table, steps: groups of damped low tones."""
    sound = np.zeros(N)
    body_hz, gap_s = dice.uniform(60, 600), dice.uniform(0.12, 0.7)
    for begin_s in _moments(dice, 2, 12):
        for i in range(dice.integers(1, 9)):
            hit = _ring(body_hz * dice.uniform(0.9, 1.1), 0.2, dice.uniform(10, 60), dice.uniform(0, 1, 3))
            _add(sound, int((begin_s + i * gap_s) * HEAR_RATE_HZ), hit * dice.uniform(0.5, 1))
    return sound


def dishes(dice: Dice) -> Wave:
    """Glass, crockery, keys, a bell: tones that are no harmonics of each other, and die away."""
    sound = np.zeros(N)
    for begin_s in _moments(dice, 0.3, 6):
        for _ in range(dice.integers(1, 6)):
            part = _ring(dice.uniform(500, 6000), dice.uniform(0.05, 1.5), dice.uniform(3, 30), np.ones(1))
            _add(sound, int(begin_s * HEAR_RATE_HZ), part * dice.uniform(0.1, 1))
    return sound


def alarms(dice: Dice) -> Wave:
    """A telephone, an oven, a reversing lorry: the same tones again and again."""
    sound = np.zeros(N)
    high_hz, on_s, times = dice.uniform(400, 3500), dice.uniform(0.05, 0.8), dice.integers(2, 20)
    low_hz = high_hz * dice.choice([1.0, 0.8, 0.5])
    for begin_s in _moments(dice, 5, 25):
        for i in range(times):
            beep = _ring(low_hz if i % 2 else high_hz, on_s, 0.5, dice.uniform(0, 0.5, 4))
            _add(sound, int((begin_s + 2 * i * on_s) * HEAR_RATE_HZ), beep)
    return sound


def animals(dice: Dice) -> Wave:
    """Birds and dogs: short calls whose pitch glides."""
    sound = np.zeros(N)
    is_bird = dice.random() < 0.5
    middle_hz = dice.uniform(2000, 6000) if is_bird else dice.uniform(300, 1000)
    for begin_s in _moments(dice, 0.4, 8):
        n = int(HEAR_RATE_HZ * dice.uniform(0.05, 0.4))
        pitch_hz = middle_hz * np.linspace(dice.uniform(0.7, 1.3), dice.uniform(0.7, 1.3), n)
        call = _tone(pitch_hz, dice.uniform(0, 1, 1 if is_bird else 8))
        breath = 0.0 if is_bird else 0.3
        _add(sound, int(begin_s * HEAR_RATE_HZ), (call + breath * _normed(noise(dice, n))) * np.hanning(n))
    return sound


def music(dice: Dice) -> Wave:
    """A melody in a pentatonic scale over chords and drums; each minute its own tempo, key, timbre and tune."""
    sound = np.zeros(N)
    beat_s, key_hz = 60 / dice.uniform(60, 180), dice.uniform(110, 220)
    timbre, decay, loud = dice.uniform(0, 1, 8) / np.arange(1, 9), dice.uniform(0.5, 8), dice.uniform(0, 1, 3)
    step, at_s = 0, 0.0
    while at_s < MINUTE_S:
        beats = dice.choice([0.5, 1.0, 1.0, 2.0])
        step = int(np.clip(step + dice.integers(-2, 3), 0, 9))
        melody = _ring(_pitch(key_hz * 2, step), beats * beat_s, decay, timbre)
        third = [_ring(_pitch(key_hz, i), beat_s, decay, timbre) for i in (step % 5, step % 5 + 2)]
        drum = dice.standard_normal(800) * np.exp(-np.arange(800) / 150)
        for part, level in zip((melody, third[0] + third[1], drum), loud, strict=True):
            _add(sound, int(at_s * HEAR_RATE_HZ), level * part)
        at_s += beats * beat_s
    return sound


def silence(dice: Dice) -> Wave:
    """Nothing but the noise of the microphone, at times not even that."""
    return np.zeros(N) if dice.random() < 0.2 else noise(dice) * 1e-3


KINDS: dict[str, Callable[[Dice], Wave]] = {
    made.__name__: made for made in (silence, noise, hum, fan, motor, clicks, knocks, dishes, alarms, animals, music)
}


def _tone(pitch_hz: Wave, harmonics: Wave) -> Wave:
    """Of this momentary pitch; `harmonics` are amplitudes, those beyond 7 kHz are left out."""
    turning = np.exp(2j * np.pi * np.cumsum(pitch_hz) / HEAR_RATE_HZ)
    power, sound = np.ones(len(pitch_hz), complex), np.zeros(len(pitch_hz))
    for level in harmonics[: int(7000 / pitch_hz.max())]:
        power *= turning
        sound += level * power.imag
    return sound


def _ring(pitch_hz: float, seconds: float, decay: float, harmonics: Wave) -> Wave:
    """A tone that begins within 5 ms, sinks by e^-decay in a second, and ends within 10 ms."""
    t = np.arange(int(HEAR_RATE_HZ * seconds)) / HEAR_RATE_HZ
    edges = np.minimum(1, np.minimum(t / 0.005, (seconds - t) / 0.01))
    return _tone(np.full(len(t), pitch_hz), harmonics) * np.exp(-decay * t) * edges


def _pitch(key_hz: float, step: int) -> float:
    """Of a step of the major pentatonic scale."""
    return float(key_hz * 2 ** (step // 5 + (0, 2, 4, 7, 9)[step % 5] / 12))


def _wander(dice: Dice, points: int = 10) -> Wave:
    """A smooth walk between -1 and 1 over the minute."""
    return np.interp(np.arange(N), np.linspace(0, N, points), dice.uniform(-1, 1, points))


def _moments(dice: Dice, shortest_s: float, longest_s: float) -> Wave:
    """Moments of the minute, so far apart from each other."""
    at_s = np.cumsum(dice.uniform(shortest_s, longest_s, int(MINUTE_S / shortest_s) + 1))
    return at_s[at_s < MINUTE_S]


def _add(sound: Wave, at: int, part: Wave) -> None:
    """Into `sound`, as far as it reaches."""
    end = min(len(sound), at + len(part))
    if end > at:
        sound[at:end] += part[: end - at]


def _normed(sound: Wave) -> Wave:
    """With a peak of 1; silence stays silence."""
    peak = np.abs(sound).max()
    return sound / peak if peak > 0 else sound
