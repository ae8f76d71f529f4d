"""Room: what a loudspeaker, the walls and a microphone make of sound, and who else is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_agent.types import HEAR_RATE_HZ, Samples

USER_DBFS = -30.0
"""The level of the user at the microphone while speaking: two metres from an ordinary one."""
SPOKEN_DB = 30.0
"""Speech is what is not more than so far below the loudest 10 ms of it."""


@dataclass(frozen=True, slots=True)
class Room:
    """One loudspeaker and one microphone in a room. The decibels are relative to full scale at the microphone."""

    response: Samples
    """From loudspeaker to microphone, at 16 kHz, of energy 1 (walls.py)."""
    gain: float = 1.0
    """From the loudspeaker's signal to the microphone's; `heard_at` finds the one for a level."""
    delay_s: float = 0.06
    """Of the devices and the air together: 0.02 to 0.4."""
    drift_ppm: float = 0.0
    """By how much the loudspeaker's clock runs faster than the microphone's: up to 200, of either sign."""
    clips_at: float | None = None
    """The amplitude near which the loudspeaker can do no more (a soft bend); None: it can do anything."""
    noise_dbfs: float = -75.0
    """Of the room's own noise, which is pink."""
    seed: int = 0
    """Of that noise."""

    def emitted(self, sound: Samples) -> Samples:
        """What leaves the loudspeaker."""
        if self.clips_at is None:
            return sound
        emitted: Samples = (self.clips_at * np.tanh(sound / self.clips_at)).astype(np.float32)
        return emitted

    def gain_for(self, voice: Samples, dbfs: float) -> float:
        """The gain at which `voice`, at 16 kHz, arrives at this level."""
        return float(10 ** ((dbfs - spoken_dbfs(reverberant(self.emitted(voice), self.response))) / 20))


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody or something else that sounds in the room."""

    sound: Samples
    """At 16 kHz, as it arrives at the microphone but for its level."""
    at_s: float | None = None
    """When it begins, in line time; None: see `into_s`."""
    into_s: float = 0.0
    """Else it begins so long into the first answer that began after the guest before."""
    name: str = "user"


def spoken_dbfs(sound: Samples) -> float:
    """The level of speech in dBFS without its pauses."""
    step = HEAR_RATE_HZ // 100
    power = np.mean(np.square(sound[: len(sound) // step * step].reshape(-1, step).astype(np.float64)), axis=1)
    if not power.any():
        return -np.inf
    return float(10 * np.log10(power[power > power.max() / 10 ** (SPOKEN_DB / 10)].mean()))


def at_level(sound: Samples, dbfs: float) -> Samples:
    """The same speech at another level."""
    return (sound * 10 ** ((dbfs - spoken_dbfs(sound)) / 20)).astype(np.float32)


def reverberant(sound: Samples, response: Samples) -> Samples:
    """The sound as it arrives through a room, with what dies away behind it."""
    size = len(sound) + len(response) - 1
    spectrum = np.fft.rfft(sound, 1 << size.bit_length()) * np.fft.rfft(response, 1 << size.bit_length())
    return np.fft.irfft(spectrum)[:size].astype(np.float32)


def pink(samples: int, dbfs: float, seed: int) -> Samples:
    """Noise whose power falls by 3 dB an octave, as that of rooms does, at this level."""
    white = np.random.default_rng(seed).normal(size=samples)
    spectrum = np.fft.rfft(white) / np.sqrt(np.maximum(1, np.arange(samples // 2 + 1)))
    noise = np.fft.irfft(spectrum, samples)
    at_level: Samples = (noise / np.sqrt(np.mean(noise**2)) * 10 ** (dbfs / 20)).astype(np.float32)
    return at_level
