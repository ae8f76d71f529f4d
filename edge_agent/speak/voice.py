"""Voice: a Sentence -> blocks of 20 ms, in words that can be said, without the silence in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from edge_agent.speak.wording import pieces, speakable
from edge_agent.types import Samples, Sentence, Voiced

BLOCK_S = 0.02
AUDIBLE = 10 ** (-45 / 20)
"""Full scale -45 dB: what counts as the first sound in the voice-to-voice definition (docs/benchmarks.md)."""
LEAD_S = 0.01
TAIL_S = 0.15
"""Silence kept around a sentence. Piper gives 20-150 ms in front, all of it latency, and up to 0.4 s behind."""


class Tts(Protocol):
    rate_hz: int

    def synthesize(self, text: str) -> Samples: ...


class Voice:
    """One owner thread."""

    def __init__(self, tts: Tts, *, language: str = "en") -> None:
        self._tts = tts
        self._language = language
        self.rate_hz = tts.rate_hz

    def speak(self, sentence: Sentence) -> Iterator[Voiced]:
        """Blocks of the sentence in order. A sentence without sound gives one empty block, so that its end is seen."""
        sound = self.render(sentence.text)
        block = round(BLOCK_S * self.rate_hz)
        for at in range(0, max(1, len(sound)), block):
            yield Voiced(sentence, sound[at : at + block], self.rate_hz, position=at, total=len(sound))

    def render(self, text: str) -> Samples:
        """The sound of a whole text, trimmed."""
        sounds = [self._tts.synthesize(piece) for piece in pieces(speakable(text, self._language))]
        return trimmed(np.concatenate(sounds), self.rate_hz) if sounds else np.zeros(0, dtype=np.float32)


def trimmed(sound: Samples, rate_hz: int) -> Samples:
    """Without the silence at both ends, but for LEAD_S and TAIL_S; empty if nothing is audible."""
    loud = np.flatnonzero(np.abs(sound) >= AUDIBLE)
    if not len(loud):
        return sound[:0]
    first = max(0, int(loud[0]) - round(LEAD_S * rate_hz))
    return sound[first : int(loud[-1]) + 1 + round(TAIL_S * rate_hz)]
