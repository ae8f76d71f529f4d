"""Tones: keys that are pressed as tones in the sound (DTMF, ITU-T Q.23), where the other side has no better way.

A key is one of four low and one of four high tones at once. Speech has both now and then, but never alone and steady:
what a key is made of has to be nearly all of the sound, in several windows in a row. Pure: sound in, keys out.
"""

from __future__ import annotations

import numpy as np

from edge_agent.types import Samples

LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = ("123A", "456B", "789C", "*0#D")
"""The keys by low tone, then by high."""
OFF = (-0.015, -0.0075, 0.0, 0.0075, 0.015)
"""Shares by which tones may be off (Q.24)."""
WINDOW_S, HOP_S = 0.0255, 0.01
"""The window tells tones apart that are 73 Hz away, as the lowest two are."""
QUIET = 1e-5
"""The mean square of sound in which no key is looked for: -50 dBFS."""
SHARE = 0.85
"""The share of the sound that both tones have: of speech less, and with 0.7 it was heard as a key."""
TWIST = 6.3
"""The factor by which one tone may be stronger than the other: 8 dB."""
ALONE = 4.0
"""The factor by which a tone is stronger than any other of its four: 6 dB."""
BEGINS, ENDS = 3, 5
"""Hops in a row that have a key before it counts, and that have none before the same one may come again. It takes 50 ms
of a key and 40 ms between two, which is what telephones send at least; a gap of 10 ms is none."""


class Tones:
    """The sound of one call."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._length, self._hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
        at = np.arange(self._length) / rate_hz
        tones = np.outer([*LOW_HZ, *HIGH_HZ], np.add(1, OFF)).ravel()
        turns = 2 * np.pi * np.outer(tones, at)
        self._waves = np.stack([np.cos(turns), np.sin(turns)]).astype(np.float32)
        self._rest = np.zeros(0, np.float32)
        self._seen, self._count = "", 0
        """What the last windows had, and how many of them."""
        self._held, self._missing = "", 0
        """The key that is pressed, and how many of the last windows did not have it."""

    @property
    def held(self) -> bool:
        """Whether a key is pressed: what is heard is no speech."""
        return bool(self._held)

    def push(self, samples: Samples) -> str:
        """The keys that have been pressed in the next sound, float32 (n,) in [-1, 1], each once."""
        sound, keys = np.concatenate([self._rest, samples]), ""
        while len(sound) >= self._length:
            keys += self._look(self._key(sound[: self._length]))
            sound = sound[self._hop :]
        self._rest = sound
        return keys

    def _look(self, key: str) -> str:
        """Takes what one window has. Returns the key that has been pressed now, if one has."""
        self._count = self._count + 1 if key == self._seen else 1
        self._seen = key
        self._missing = 0 if key == self._held else self._missing + 1
        if self._missing >= ENDS:
            self._held = ""
        if not key or key == self._held or self._count < BEGINS:
            return ""
        self._held, self._missing = key, 0
        return key

    def _key(self, window: Samples) -> str:
        energy = float(window @ window)
        if energy < QUIET * self._length:
            return ""
        parts = np.einsum("psn,n->ps", self._waves, window)  # no BLAS: its threads cost more than the sum
        found = (2 / self._length * (parts**2).sum(axis=0)).reshape(-1, len(OFF)).max(axis=1)
        low, high = int(np.argmax(found[:4])), int(np.argmax(found[4:]))
        one, other = float(found[low]), float(found[4 + high])
        if one + other < SHARE * energy or max(one, other) > TWIST * min(one, other):
            return ""
        others = np.delete(found, [low, 4 + high])
        if one < ALONE * others[:3].max() or other < ALONE * others[3:].max():
            return ""
        return KEYS[low][high]
