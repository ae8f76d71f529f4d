"""Apology: what is heard when a turn fails or is late: recorded words, which need no engine, a tone, a note."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.interfaces import Chunk
from edge_agent.resample import resample
from edge_agent.speak.voice import blocks
from edge_agent.types import Samples, Sentence, Voiced
from edge_agent.words import FALLBACK, Recorded, words_of

MOST_IN_A_ROW = 3
"""Failed turns in a row that are apologized for in words. Beyond, a tone: an agent that hears itself and fails on that,
too, would otherwise talk to itself for ever. A tone is no speech to the VAD."""
_NOTES_HZ = (440.0, 330.0)
_NOTE_S = 0.16
_FADE_S = 0.02
_LEVEL = 0.3
_LATE = 0.5


class Apology:
    """Is no part of the answer: its text is empty, so that neither the ledger nor an event has it as something said."""

    def __init__(
        self,
        rate_hz: int,
        *,
        words: bool = True,
        volume: float = 0.8,
        language: str = FALLBACK,
        say: Callable[[str], Samples] | None = None,
    ) -> None:
        """`volume`: share of full scale. `language`: of the words. `say` makes their sound, at `rate_hz` and in the
        volume of the voice, where they were never recorded. A recording that cannot be read, or a voice that fails,
        leaves the tone.
        """
        self._rate_hz = rate_hz
        self._tone = volume * _tone(rate_hz)
        self._note = volume * _LATE * _tone(rate_hz, _NOTES_HZ[:1])
        self._words, self._moment = self._tone, self._note
        if words:
            self._words = self._said("apology", volume, language, say, self._tone)
            self._moment = self._said("one_moment", volume, language, say, self._note)

    def _said(
        self,
        name: Recorded,
        volume: float,
        language: str,
        say: Callable[[str], Samples] | None,
        instead: Samples,
    ) -> Samples:
        """The sound of a text; `instead` of it what needs neither a recording nor a voice."""
        with suppress(OSError, EOFError, wave.Error, EngineError):  # silence would be worse
            own = words_of(language)
            made = say(getattr(own, name)) if say and not own.is_recorded(name) else None
            sound = volume * recorded(self._rate_hz, language, name) if made is None else made
            return sound if len(sound) else instead
        return instead

    def late(self, *, in_words: bool = False) -> Iterator[Voiced]:
        """The sound of an answer that is still worked on: the first of the two notes alone, and softer, or words."""
        return blocks(Sentence(0, "", last=False), [Chunk(self._moment if in_words else self._note, 0)], self._rate_hz)

    def blocks(self, failures: int) -> Iterator[Voiced]:
        """The sound after so many failed turns in a row, this one counted."""
        sound = self._words if failures <= MOST_IN_A_ROW else self._tone
        return blocks(Sentence(0, "", last=True), [Chunk(sound, 0)], self._rate_hz)


@lru_cache(4)
def recorded(rate_hz: int, language: str = FALLBACK, name: Recorded = "apology") -> Samples:
    """The words, (n,) at any rate. Raises OSError, EOFError or wave.Error."""
    with wave.open(str(words_of(language).recording(name)), "rb") as file:
        own_hz = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
    return np.clip(resample(samples, own_hz, rate_hz), -1.0, 1.0)


def _tone(rate_hz: int, notes_hz: Sequence[float] = _NOTES_HZ) -> Samples:
    """Notes without clicks at their ends: two, the second lower."""
    at_s = np.arange(round(_NOTE_S * rate_hz)) / rate_hz
    envelope = _LEVEL * np.clip(np.minimum(at_s, _NOTE_S - at_s) / _FADE_S, 0, 1)
    return np.concatenate([envelope * np.sin(2 * np.pi * hz * at_s) for hz in notes_hz]).astype(np.float32)
