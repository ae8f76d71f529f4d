"""Company: whose voice it is that speaks: somebody's who is known, or of others in the room and a television."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log2
from typing import NamedTuple, Unpack

import numpy as np

from edge_agent.errors import EdgeAgentError
from edge_agent.floor import Heeds
from edge_agent.hear.enrolled import KnownVoice
from edge_agent.hear.names import OwnNames
from edge_agent.interfaces import Asr, SpeakerEncoder, Transcript, WordTime
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AsrHints, Embedding, Samples
from edge_agent.words import words_of

log = logging.getLogger(__name__)

STRANGER = "a voice that is not enrolled"
LEAST_S = 0.4
"""Less speech tells no voice from another: it counts as that of somebody who is known."""
LONGEST_S = 4.0
"""The last of what was said that is looked at. More makes no voice clearer."""
LOUD_DB = 20.0
"""Speech is what is at most so much below its loud parts. With 30 dB 5.4 % of the voices were mistaken at 2 s instead
of 4.1."""
STOPPING_WORDS = 4
"""A request to stop is no longer than that."""

_ASIDE = ThreadPoolExecutor(1, thread_name_prefix="company")
"""Voices beside the ASR and the endpoint model."""


class Likeness(NamedTuple):
    """How like a voice is to the one among those that are known which is most like it."""

    name: str
    score: float
    """The product of the two embeddings: at most 1."""
    needed: float
    """The score from which it is taken for it."""

    @property
    def known(self) -> bool:
        return self.score >= self.needed


def speech_of(samples: Samples) -> Samples:
    """What is spoken in them, without pauses."""
    frames = samples[: len(samples) // HEAR_FRAME * HEAR_FRAME].reshape(-1, HEAR_FRAME)
    if not len(frames):
        return samples[:0]
    levels_db = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    spoken: Samples = frames[levels_db > np.percentile(levels_db, 95) - LOUD_DB].reshape(-1)
    return spoken


def needed(seconds: float) -> float:
    """The score that so much speech needs: as many are mistaken for somebody else as are not known again, at 0.5 s and
    0.58 as at 4 s and 0.67 (docs/benchmarks.md, "Voices that are known")."""
    return 0.58 + 0.03 * log2(min(max(seconds, LEAST_S), LONGEST_S) / 0.5)


def likeness(embedding: Embedding, seconds: float, voices: Sequence[KnownVoice]) -> Likeness | None:
    """How like that voice is to one of `voices`; None if there are none."""
    scores = ((float(embedding @ voice.embedding), voice.name) for voice in voices)
    score, name = max(scores, default=(0.0, ""))
    return Likeness(name, score, needed(seconds)) if name else None


@dataclass(frozen=True, slots=True)
class _Look:
    embedding: Embedding
    seconds: float


class Company:
    """Whoever speaks on one line. The hear thread owns it.

    Whoever says the agent's name is known from then on, until somebody else says it.
    """

    def __init__(self, encoder: SpeakerEncoder, enrolled: Callable[[], Sequence[KnownVoice]], names: OwnNames) -> None:
        self._encoder, self._enrolled, self._names = encoder, enrolled, names
        _ASIDE.submit(bool)  # its thread starts now, and not within the first turn
        self._caller: Embedding | None = None
        """The voice that said the name last."""
        self.heeds: Heeds = "known"
        self.strange = False
        """Whether whoever speaks is known to be nobody that is known."""

    def begin(self) -> None:
        """Somebody begins to speak."""
        self.strange = False

    def guarding(self, asr: Asr) -> Asr:
        """Returns the same ASR, which rejects what strangers say."""
        return _GuardedAsr(asr, self)

    def look(self, samples: Samples) -> _Look | None:
        """What the voice of an utterance sounds like; None where there is too little of it. Any thread may ask."""
        spoken = speech_of(samples)[-round(LONGEST_S * HEAR_RATE_HZ) :]
        if len(spoken) < LEAST_S * HEAR_RATE_HZ:
            return None
        return _Look(self._encoder.embed(spoken), len(spoken) / HEAR_RATE_HZ)

    def admits(self, look: _Look | None, heard: Transcript) -> bool:
        """Whether what was heard is to be answered as far as voices go. Raises StateError."""
        heeds = self.heeds
        if heeds == "known" and self._names.in_front(heard.text):
            heeds = "caller"
        if heeds == "caller":
            self._caller = look.embedding if look else None
        voices = self._enrolled() if look else ()
        self.strange = look is not None and bool(voices) and heeds == "known" and not self._knows(look, voices)
        return not self.strange or _stops(heard)

    def _knows(self, look: _Look, voices: Sequence[KnownVoice]) -> bool:
        found = likeness(look.embedding, look.seconds, voices)
        by_name = self._caller is not None and float(self._caller @ look.embedding) >= needed(look.seconds)
        return by_name or found is None or found.known


@dataclass(frozen=True, slots=True)
class _GuardedAsr:
    asr: Asr
    company: Company

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        """The two side by side. Where voices cannot be told, everybody is heard."""
        looked = _ASIDE.submit(self.company.look, samples)
        transcript = self.asr.transcribe(samples, **hints)
        if transcript.rejected is not None:
            return transcript
        try:
            admitted = self.company.admits(looked.result(), transcript)
        except EdgeAgentError as error:
            log.warning("It is not known whose voice it is: %s", error)
            return transcript
        return transcript if admitted else replace(transcript, text="", rejected=STRANGER)

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        return self.asr.word_times(samples, ids, language)


def _stops(heard: Transcript) -> bool:
    """Whether it asks for silence, which anybody may."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", heard.text.lower().replace("’", "'"))
    return len(words) <= STOPPING_WORDS and bool(_stopping(heard.language).match(" ".join(words)))


@lru_cache
def _stopping(language: str) -> re.Pattern[str]:
    each = "|".join(words_of(language).stopping)
    return re.compile(rf"(?:{each})\b" if each else "(?!)")
