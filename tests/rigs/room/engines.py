"""Engines of a scene: a recorded voice, an ASR that hears one sentence in everything, a VAD that knows loudness."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Unpack

from edge_agent.build_ears import ears
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Chunk, Endpoint, Listener, Transcript, VadEngine, WordTime
from edge_agent.lines.canceller import power_db
from edge_agent.settings import Settings
from edge_agent.speak.voice import Voice
from edge_agent.types import AsrHints, Samples
from tests.rigs.fakes.engines import ScriptedEndpoint, ScriptedWriter


class RecordedTts:
    """Says, whatever it is asked to, one recording after the other."""

    def __init__(self, sounds: Sequence[Samples], rate_hz: int) -> None:
        self._sounds, self.rate_hz = itertools.cycle(sounds), rate_hz

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        yield Chunk(next(self._sounds), 0)


NOD_S = 0.5
"""Speech of a sentence lasts longer."""


class OneSentenceAsr:
    """Hears the same words in whatever it is given, but for what is too short: that is a nod."""

    def __init__(self, text: str = "Tell me a long story.", nod: str = "") -> None:
        self.text, self.nod = text, nod or text

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        voiced_s = hints.get("voiced_s")
        return Transcript(self.text if voiced_s is None or voiced_s > NOD_S else self.nod, "en")

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        return ()


class LoudnessVad:
    """Speech is whatever is louder than -50 dBFS: it takes an echo for speech sooner than any other VAD."""

    def another(self) -> LoudnessVad:
        return self

    def probability(self, samples: Samples) -> float:
        return float(power_db(samples) > -50)

    def reset(self) -> None:
        pass

    def warm_up(self) -> None:
        pass


def engines(
    sounds: Sequence[Samples],
    rate_hz: int,
    *,
    vad: VadEngine | None = None,
    endpoint: Endpoint | None = None,
    asr: Asr | None = None,
    sentences: int = 4,
) -> Engines:
    """Engines that answer everything with so many sentences, said by `sounds`. Those that hear are scripted where
    no others are given: the ASR knows one sentence.
    """
    heard_by = asr or OneSentenceAsr()
    story = [f"This is sentence number {word}." for word in ("one", "two", "three", "four", "five", "six")]

    def of(endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        return ears(Settings(), vad or LoudnessVad(), endpoint, asr, detection)

    return Engines(
        ears=of,
        endpoint=endpoint or ScriptedEndpoint(),
        asr=_always(heard_by),
        writer=ScriptedWriter({}, story[:sentences]),
        voice=Voice(RecordedTts(sounds, rate_hz)),
    )


def _always(asr: Asr) -> Callable[[str | None], Asr]:
    return lambda language: asr
