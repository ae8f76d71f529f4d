"""The engines of a host: one set, used by all its conversations. build.py makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Unpack

import numpy as np

from edge_agent.host.gauges import Watch
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener, Transcript, WordTime
from edge_agent.speak.apology import Apology
from edge_agent.speak.chimes import Chimes
from edge_agent.think.brief import Brief, Part
from edge_agent.types import AsrHints, Samples, Sentence, Voiced


class EarsFactory(Protocol):
    def __call__(self, endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        """New ears, with a VAD state of their own."""


class Writer(Protocol):
    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None: ...
    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]: ...


class Speaker(Protocol):
    rate_hz: int

    def speak(self, sentence: Sentence, *, speed: float = 1.0) -> Iterator[Voiced]: ...
    def idle(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Engines:
    """`ears`, `endpoint` and `asr` belong to the hear thread, `writer` to think, `voice` to speak."""

    ears: EarsFactory
    endpoint: Endpoint
    asr: Callable[[str | None], Asr]
    """The ASR for a language (ISO 639-1; None: as in the settings). Raises ConfigError for one that the model does not
    know."""
    writer: Writer
    voice: Speaker
    language: str = "en"
    """What the voice speaks, ISO 639-1: a text to be said is cut into sentences as that language has them."""
    another_voice: Callable[[str], Speaker] | None = None
    """Makes the voice of this name ready, in the speak thread and once for each. Raises EdgeAgentError. None: there is
    but one."""
    apology: Apology | None = None
    """What is heard when one of them fails; None: a tone as of Apology by default."""
    chimes: Chimes | None = None
    """What is heard when a conversation is called by name; None: nothing."""


def voiced(voice: Speaker, sentence: Sentence, unheard: Callable[[], bool], *, speed: float = 1.0) -> Iterator[Voiced]:
    """The blocks of a sentence. Once nobody hears them no more are made: an empty one ends it, whose text is read."""
    nothing: Samples = np.zeros(0, np.float32)
    block = Voiced(sentence, nothing, voice.rate_hz, 0, 0)
    if not unheard():
        for block in voice.speak(sentence, speed=speed):
            if unheard():
                break
            yield block
        else:
            return
    yield replace(block, samples=nothing, total=block.position)


def timed(engines: Engines, watch: Watch, now: Callable[[], float]) -> Engines:
    """The same, with the passes of the ASR and the scores of the endpoint model timed."""
    return replace(
        engines,
        endpoint=_TimedEndpoint(engines.endpoint, watch, now),
        asr=lambda language: _TimedAsr(engines.asr(language), watch, now),
    )


@dataclass(frozen=True, slots=True)
class _TimedAsr:
    asr: Asr
    watch: Watch
    now: Callable[[], float]

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        begun_s = self.now()
        try:
            return self.asr.transcribe(samples, **hints)
        finally:
            self.watch.time("asr", self.now() - begun_s)

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        return self.asr.word_times(samples, ids, language)


@dataclass(frozen=True, slots=True)
class _TimedEndpoint:
    endpoint: Endpoint
    watch: Watch
    now: Callable[[], float]

    def score(self, samples: Samples) -> float:
        begun_s = self.now()
        try:
            return self.endpoint.score(samples)
        finally:
            self.watch.time("endpoint", self.now() - begun_s)
