"""What waits before the engines beside jobs, and which of it gives way to the rest."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from edge_agent.hear.asr import joined
from edge_agent.hear.guards import cut_at_pauses
from edge_agent.host.jobs import Answer, Expect, Forget, Listen, Manner, Prepare, Say, Transcribe, Transcribed
from edge_agent.host.link import Slice
from edge_agent.interfaces import Asr, Transcript, WordTime
from edge_agent.think.brief import Part
from edge_agent.types import HEAR_RATE_HZ, Failure, Heard, Samples, Sentence


@dataclass(frozen=True, slots=True)
class PartToSay:
    """One part of an answer on its way to the voice."""

    id: str
    part: Part | Failure
    manner: Manner
    traced: bool = False


@dataclass(slots=True)
class Transcription:
    """A Transcribe that is done piece by piece."""

    job: Transcribe
    pieces: deque[Samples] = field(default_factory=deque)
    """Those that are to come."""
    _heard: list[Transcript] = field(default_factory=list)
    _at: int = 0
    """Samples of the pieces that are done."""

    def step(self, asr: Asr) -> None:
        """Make out one piece of at most 30 s. Raises EngineError."""
        if not self._heard:
            self.pieces.extend(cut_at_pauses(self.job.samples))
        samples = self.pieces.popleft()
        transcript = asr.transcribe(samples)
        if self.job.words and not transcript.rejected:
            words = asr.word_times(samples, transcript.ids, transcript.language)
            at_s = self._at / HEAR_RATE_HZ
            transcript = replace(transcript, words=tuple(WordTime(w, at_s + b, at_s + e) for w, b, e in words))
        self._heard.append(transcript)
        self._at += len(samples)

    def result(self) -> Transcribed:
        """What was made out of all pieces."""
        whole = joined(self._heard)
        if whole.rejected is not None:
            return Transcribed(self.job.id, None)
        return Transcribed(self.job.id, Heard(whole.text, whole.language, whole.confidence), transcript=whole)


ToHear = Slice | Listen | Expect | Forget | Transcription
ToThink = Answer | Prepare
ToSpeak = Say | PartToSay


def is_first(part: Part | Failure) -> bool:
    return isinstance(part, Sentence) and part.index == 0


def is_file(item: ToHear) -> int:
    return int(isinstance(item, Transcription))


def is_ahead(job: ToThink) -> int:
    return int(isinstance(job, Prepare))


def follows(item: ToSpeak) -> int:
    return int(isinstance(item, PartToSay) and isinstance(item.part, Sentence) and item.part.index > 0)
