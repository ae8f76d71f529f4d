"""What waits before the engines beside jobs, and which of it gives way to the rest."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge_agent.host.jobs import Answer, Forget, Listen, Manner, Prepare, Say, Transcribe
from edge_agent.host.link import Slice
from edge_agent.interfaces import Transcript
from edge_agent.think.brief import Part
from edge_agent.types import Failure, Samples, Sentence


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
    pieces: deque[Samples]
    heard: list[Transcript]


ToHear = Slice | Listen | Forget | Transcription
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
