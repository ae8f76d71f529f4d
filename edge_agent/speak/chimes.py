"""Chimes: the sounds of being called, and of going back to sleep: two short notes each, or WAV files of the owner.

No speech to the VAD, and no notes of the bell's or the apology's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edge_agent.interfaces import Chunk
from edge_agent.speak.voice import blocks
from edge_agent.types import Samples, Sentence, Voiced

ChimeName = Literal["called", "asleep"]
NOTES_HZ: Mapping[ChimeName, tuple[float, float]] = {"called": (880.0, 1174.66), "asleep": (698.46, 587.33)}
"""A5 and D6, which rise; F5 and D5, which fall."""
LEVELS: Mapping[ChimeName, float] = {"called": 0.3, "asleep": 0.12}
"""The second is for who waits for it, and does not wake who sleeps."""
NOTE_S, DECAY_S, RISE_S = 0.075, 0.04, 0.004
"""150 ms in all: whoever goes on speaking has said a syllable meanwhile."""


@dataclass(frozen=True, slots=True)
class Chime:
    """A chime on its way to playback, beside the answers."""

    name: ChimeName


class Chimes:
    """The chimes of a conversation, at the rate of its loudspeaker."""

    def __init__(self, rate_hz: int, sounds: Mapping[ChimeName, Samples]) -> None:
        """`sounds`: by name; one that is missing is not heard."""
        self._rate_hz, self._sounds = rate_hz, sounds

    def blocks(self, chime: Chime) -> Iterator[Voiced]:
        """The blocks of its sound, without words; none where it is turned off."""
        sound = self._sounds.get(chime.name)
        if sound is None or not len(sound):
            return iter(())
        return blocks(Sentence(-1, "", last=False), [Chunk(sound, 0)], self._rate_hz)


def own(name: ChimeName, rate_hz: int, volume: float) -> Samples:
    """The sound that it has unless the owner has another one. `volume`: share of full scale."""
    at_s = np.arange(round(NOTE_S * rate_hz)) / rate_hz
    fade = np.minimum(1, np.minimum(at_s, NOTE_S - at_s) / RISE_S)
    envelope = volume * LEVELS[name] * fade * np.exp(-at_s / DECAY_S)
    return np.concatenate([envelope * np.sin(2 * np.pi * hz * at_s) for hz in NOTES_HZ[name]]).astype(np.float32)
