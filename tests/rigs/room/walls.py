"""Walls: how sound gets from one place of a room to another, as an impulse response at 16 kHz.

A made-up room is a box. Its early part (80 ms) is the image-source method (Allen and Berkley, 1979), each wall seen as
a mirror; its tail is noise that dies away as the reverberation time says, as too many images would be summed up there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.types import HEAR_RATE_HZ, Samples

SOUND_M_S = 343.0
EARLY_S = 0.08
"""Up to here single reflections are counted. In 40 m³ there are some 2,000 of them by then."""

LOWEST_HZ = 100.0
"""Small loudspeakers and microphones have nothing below; with it Silero takes some who speak at 2 m for noise."""


def image_source(seed: int, *, rt60_s: float, distance_m: float, facing_db: float = 0.0) -> Samples:
    """The response of a made-up living room between two places that are `distance_m` apart (0.1 to 4 m), of energy 1.

    `rt60_s`: the seconds in which sound dies away by 60 dB (0.1 to 1). `facing_db`: by how much more is sent straight
    to the other place than into the room. The same seed gives the same box and places.
    """
    random = np.random.default_rng(seed)
    box = random.uniform((3.5, 3.0, 2.4), (7.0, 5.0, 3.0))
    here, there = _places(random, box, distance_m)
    response = np.zeros(round((EARLY_S + rt60_s) * HEAR_RATE_HZ) + 1)
    _reflect(response, box, here, there, _reflection(box, rt60_s), 10 ** (facing_db / 20))
    _let_die(response, random, rt60_s)
    first = int(np.flatnonzero(response)[0])  # the way through the air counts with the delay of a scene
    return _of_energy_1(_without_rumble(response[first:]))


def measured(path: Path) -> Samples:
    """A response that was recorded, from its direct sound on, of energy 1. Raises InputError."""
    samples, rate_hz = read_audio(path)
    response = resample(samples, rate_hz, HEAR_RATE_HZ)
    direct = int(np.argmax(np.abs(response)))
    return _of_energy_1(response[max(0, direct - 16) :].astype(np.float64))


def _places(random: np.random.Generator, box: npt.NDArray[np.float64], distance_m: float) -> npt.NDArray[np.float64]:
    """Two places in the box, at least 0.3 m from each wall."""
    while True:
        here = random.uniform(0.3, box - 0.3)
        way = random.normal(size=3) * (1, 1, 0.3)  # heads and shelves are about equally high
        there = here + distance_m * way / np.linalg.norm(way)
        if np.all(there > 0.3) and np.all(there < box - 0.3):
            return np.stack([here, there])


def _reflection(box: npt.NDArray[np.float64], rt60_s: float) -> float:
    """What a wall leaves of an amplitude (Eyring's formula)."""
    x, y, z = box
    surface = 2 * (x * y + x * z + y * z)
    return float(np.exp(-0.161 * x * y * z / (surface * rt60_s) / 2))


def _reflect(
    response: npt.NDArray[np.float64],
    box: npt.NDArray[np.float64],
    here: npt.NDArray[np.float64],
    there: npt.NDArray[np.float64],
    left: float,
    straight: float,
) -> None:
    """Add the direct sound and each mirror image of it that arrives within EARLY_S."""
    most = np.ceil(EARLY_S * SOUND_M_S / (2 * box)).astype(int)
    boxes = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), -1).reshape(-1, 1, 3)
    mirrored = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(1, -1, 3)
    images = (1 - 2 * mirrored) * there + 2 * boxes * box
    bounces = np.sum(np.abs(boxes - mirrored) + np.abs(boxes), axis=-1).reshape(-1)
    metres = np.linalg.norm(images - here, axis=-1).reshape(-1)
    at = metres / SOUND_M_S * HEAR_RATE_HZ
    early = at < EARLY_S * HEAR_RATE_HZ - 1
    at, strength = at[early], left ** bounces[early] / metres[early] * np.where(bounces[early] == 0, straight, 1.0)
    whole = at.astype(int)
    np.add.at(response, whole, strength * (1 - (at - whole)))
    np.add.at(response, whole + 1, strength * (at - whole))


def _let_die(response: npt.NDArray[np.float64], random: np.random.Generator, rt60_s: float) -> None:
    """Put the tail behind the early part, as strong as that is at its end."""
    start, window = round(EARLY_S * HEAR_RATE_HZ), round(0.02 * HEAR_RATE_HZ)
    strength = np.sqrt(np.mean(response[start - window : start] ** 2))
    seconds = np.arange(len(response) - start) / HEAR_RATE_HZ
    response[start:] = random.normal(size=len(seconds)) * strength * 10 ** (-3 * seconds / rt60_s)


def _without_rumble(response: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The response above LOWEST_HZ. Reflections that are all positive add up at 0 Hz, as no room's do."""
    size = 2 * len(response)
    frequencies = np.fft.rfftfreq(size, 1 / HEAR_RATE_HZ)
    return np.fft.irfft(np.fft.rfft(response, size) * np.clip(frequencies / LOWEST_HZ - 0.5, 0, 1), size)[
        : len(response)
    ]


def _of_energy_1(response: npt.NDArray[np.float64]) -> Samples:
    normed: Samples = (response / np.sqrt(np.sum(response**2))).astype(np.float32)
    return normed
