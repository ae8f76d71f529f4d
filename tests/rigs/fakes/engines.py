"""Engines that read a script: the words of the user from the level of the sound, a tone for the voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Unpack

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.interfaces import Chunk, Transcript, WordTime
from edge_agent.think.brief import Brief, Message, Part, Usage, Written
from edge_agent.types import HEAR_FRAME, AsrHints, Samples, Sentence, WordEnd

VOICE_RATE_HZ = 16_000
WORD_S = 0.1
LEVEL_STEP = 0.01
FIRST_LEVEL = 0.1


class LevelVad:
    """Speech is whatever is not silence."""

    def probability(self, samples: Samples) -> float:
        return float(np.abs(samples).max() > FIRST_LEVEL / 2)

    def reset(self) -> None:
        pass


@dataclass
class ScriptedEndpoint:
    """Scores in the order in which they are asked for; the last one for ever."""

    scores: Sequence[float] = (1.0,)
    asked: int = 0

    def score(self, samples: Samples) -> float:
        self.asked += 1
        return self.scores[min(self.asked, len(self.scores)) - 1]


@dataclass
class LevelAsr:
    """Reads the words back from the levels of a Scene. A phrase that is `noise` is rejected, `broken` raises."""

    phrases: list[str]
    cost_s: float = 0.0
    """What a pass is said to cost."""
    given: list[Samples] = field(default_factory=list)
    drafts: list[Sequence[int]] = field(default_factory=list)

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        self.given.append(samples)
        self.drafts.append(hints.get("draft", ()))
        levels = np.round((samples - FIRST_LEVEL) / LEVEL_STEP).astype(int)
        heard = [phrase for i, phrase in enumerate(self.phrases) if np.count_nonzero(levels == i) > HEAR_FRAME]
        if "broken" in heard:
            raise EngineError("the ears are broken")
        text = " ".join(heard)
        rejected = "noise" if not text or text == "noise" else None
        ids = tuple(range(1, len(text.split()) + 1))
        return Transcript(text, "en", 1.0, 0.0, rejected, False, tokens=len(ids), ids=ids, decode_s=self.cost_s)

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        """A second for each token."""
        return tuple(WordTime(str(id), float(i), i + 1.0) for i, id in enumerate(ids))


@dataclass
class ScriptedWriter:
    """Sentences by what was heard, else `otherwise`; `broken` in place of a sentence raises EngineError."""

    replies: dict[str, Sequence[str]]
    otherwise: Sequence[str] = ("I have no script for that.",)
    asked: list[tuple[str, tuple[Message, ...]]] = field(default_factory=list)
    """What was heard, and what was said before it, of each answer."""
    read: list[str] = field(default_factory=list)
    """What was said so far, each time that it could be read along."""

    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None:
        self.read.append(brief.messages[-1].text)

    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
        *history, last = brief.messages
        heard = last.text
        self.asked.append((heard, tuple(history)))
        sentences = self.replies.get(heard, self.otherwise)
        for i, text in enumerate(sentences):
            if text == "broken":
                raise EngineError("the mind is broken")
            yield Sentence(i, text, last=i == len(sentences) - 1)
        yield Written("stop", Usage())


class ToneTts:
    """0.1 s of a 440 Hz tone a word, at the usual speed. A sentence `unspeakable` raises EngineError."""

    rate_hz = VOICE_RATE_HZ

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Word by word."""
        tone, word = self.synthesize(text, speed), round(WORD_S * self.rate_hz / speed)
        ends = tuple(WordEnd(m.end(), (i + 1) * word) for i, m in enumerate(re.finditer(r"\S+", text)))
        for end in range(word, len(tone) + word, word):
            yield Chunk(tone[end - word : end], max(0, len(tone) - end), ends)

    def synthesize(self, text: str, speed: float = 1.0) -> Samples:
        if "unspeakable" in text:
            raise EngineError("the voice is broken")
        n = len(text.split()) * round(WORD_S * self.rate_hz / speed)
        tone: Samples = 0.5 * np.sin(2 * np.pi * 440 / self.rate_hz * (np.arange(n, dtype=np.float32) + 1))
        return tone
