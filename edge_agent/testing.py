"""Scripted engines and a tape: whole conversations without a model, a sound card or a clock. Public, small, typed.

    events, sound = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.").run()

A phrase of the user is a constant level, a different one for each phrase, so that the scripted ASR can tell from the
samples alone which words it was given; the agent's voice is a tone of 0.1 s a letter-group (word).
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError
from edge_agent.hear.asr import Transcript
from edge_agent.hear.ears import Ears, Thresholds
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.framing import Framer
from edge_agent.ledger import Said
from edge_agent.run.inline import InlineConversation
from edge_agent.run.stage import Rooms
from edge_agent.run.threads import Conversation
from edge_agent.speak.tts import Chunk
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Event, Heard, Samples, Sentence, WordEnd

VOICE_RATE_HZ = 16_000
WORD_S = 0.1
LEVEL_STEP = 0.01
FIRST_LEVEL = 0.1

THRESHOLDS = Thresholds(
    speech=0.5,
    silence=0.35,
    onset_s=0.1,
    barge_in_s=0.2,
    pause_after_s=0.1,
    preroll_s=0.5,
    soft_end_s=0.1,
    rescore_s=0.1,
    max_drafts=3,
    max_utterance_s=30,
)
HOLD = HoldPolicy(short_s=0.4, long_s=1.2, ceiling_s=1.6, sure=0.7, doubt=0.35)
"""With the weights of hear/finality.py a score of 1 is sure, and one of 0.1 or less in doubt."""


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

    def transcribe(
        self, samples: Samples, *, voiced_s: float | None = None, draft: Sequence[int] = (), final: bool = True
    ) -> Transcript:
        self.given.append(samples)
        self.drafts.append(draft)
        levels = np.round((samples - FIRST_LEVEL) / LEVEL_STEP).astype(int)
        heard = [phrase for i, phrase in enumerate(self.phrases) if np.count_nonzero(levels == i) > HEAR_FRAME]
        if "broken" in heard:
            raise EngineError("the ears are broken")
        text = " ".join(heard)
        rejected = "noise" if not text or text == "noise" else None
        ids = tuple(range(1, len(text.split()) + 1))
        return Transcript(text, "en", 1.0, 0.0, rejected, False, tokens=len(ids), ids=ids, decode_s=self.cost_s)


@dataclass
class ScriptedMind:
    """Sentences by what was heard, else `otherwise`; `broken` in place of a sentence raises EngineError."""

    replies: dict[str, Sequence[str]]
    otherwise: Sequence[str] = ("I have no script for that.",)
    asked: list[tuple[str, tuple[Said, ...]]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    """What was said so far, each time that the mind could read it."""

    def prepare(self, turn: int, said: str, history: tuple[Said, ...], wanted: Callable[[], bool]) -> None:
        self.read.append(said)

    def think(
        self, turn: int, heard: Heard, history: tuple[Said, ...], wanted: Callable[[], bool] = lambda: True
    ) -> Iterator[Sentence]:
        self.asked.append((heard.text, history))
        sentences = self.replies.get(heard.text, self.otherwise)
        for i, text in enumerate(sentences):
            if text == "broken":
                raise EngineError("the mind is broken")
            yield Sentence(i, text, last=i == len(sentences) - 1)


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


class TapeSource:
    rate_hz = HEAR_RATE_HZ

    def __init__(self, samples: Samples, clock: ManualClock, settle: Callable[[], None]) -> None:
        self._samples, self._clock, self._settle = samples, clock, settle
        self._at = 0
        self._closed = False
        self.ended_s: float | None = None

    def read(self) -> AudioFrame | None:
        """The next 32 ms, once everybody has dealt with the last; silence after the end."""
        self._settle()
        if self._closed:
            return None
        frame = np.zeros(HEAR_FRAME, np.float32)
        heard = self._samples[self._at : self._at + HEAR_FRAME]
        frame[: len(heard)] = heard
        start, self._at = self._at, self._at + HEAR_FRAME
        if self._at >= len(self._samples):
            self.ended_s = len(self._samples) / self.rate_hz
        self._clock.sleep_until(self._at / self.rate_hz)
        return AudioFrame(frame, self.rate_hz, start)

    def close(self) -> None:
        self._closed = True


class TapeSink:
    """Keeps what is played. `waits`: a thread's block may not sound before the tape has come to it."""

    rate_hz = VOICE_RATE_HZ

    def __init__(self, clock: ManualClock, waits: bool) -> None:
        self._clock, self._waits = clock, waits
        self.lost_s = (inf, inf)
        """From when to when, in line time, there is no loudspeaker: what is written then is not kept."""
        self.free_s = 0.0
        """Up to where a thread's blocks may begin to sound: all that the user said before has been dealt with."""
        self._writing = False
        self.closed = False
        self.flushed = 0
        self.cursor = 0
        self.blocks: list[tuple[int, Samples]] = []

    @property
    def waiting(self) -> bool:
        """Whether a block waits for the tape: no longer once the tape is there, even if nobody has seen it yet."""
        return self._writing and self.free_s * self.rate_hz < self.cursor

    @property
    def audible(self) -> bool:
        return not self.lost_s[0] <= self._clock.now() < self.lost_s[1]

    def write(self, samples: Samples) -> None:
        self.cursor = max(self.cursor, int(self._clock.now() * self.rate_hz) - HEAR_FRAME)
        self._writing = self._waits
        while self.waiting and not self.closed:
            os.sched_yield()
        self._writing = False
        if self.audible:
            self.blocks.append((self.cursor, samples))
        self.cursor += len(samples)

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed = True


class Tape:
    """A line whose time is its own sample counter: nothing sleeps, and a minute takes well under a second."""

    def __init__(self, samples: Samples, *, threaded: bool = False) -> None:
        self._clock = ManualClock()
        self.heard: Callable[[], bool] = lambda: True
        self.settled: Callable[[], bool] = lambda: True
        self.source = TapeSource(samples, self._clock, self._settle)
        self.sink = TapeSink(self._clock, waits=threaded)

    def now_s(self) -> float:
        return self._clock.now()

    @property
    def ended_s(self) -> float | None:
        return self.source.ended_s

    def close(self) -> None:
        self.source.close()
        self.sink.close()

    def sound(self) -> Samples:
        """All that was played, on the tape's time line."""
        out = np.zeros(max((start + len(block) for start, block in self.sink.blocks), default=0), np.float32)
        for start, block in self.sink.blocks:
            out[start : start + len(block)] = block
        return out

    def _settle(self) -> None:
        """First the ears, then playback: else a block might sound before or after a pause that begins with its frame,
        as the threads happen to run."""
        self._wait_for(self.heard)
        self.sink.free_s = self.now_s()
        self._wait_for(self.settled)

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        while not ready() and not self.sink.closed:
            os.sched_yield()


@dataclass
class Scene:
    """A conversation as a script. Times in seconds on the tape."""

    linger_s: float = 1.0
    scores: Sequence[float] = (1.0,)
    partial_s: float = 0.0
    _phrases: list[str] = field(default_factory=list)
    _spans: list[tuple[float, float]] = field(default_factory=list)
    _replies: dict[str, Sequence[str]] = field(default_factory=dict)

    def user(self, start_s: float, end_s: float, text: str) -> Scene:
        self._phrases.append(text)
        self._spans.append((start_s, end_s))
        return self

    def reply(self, heard: str, *sentences: str) -> Scene:
        self._replies[heard] = sentences
        return self

    def samples(self) -> Samples:
        length = max((end for _, end in self._spans), default=0.0) + 0.1
        samples = np.zeros(round(length * HEAR_RATE_HZ), np.float32)
        for i, (start, end) in enumerate(self._spans):
            samples[round(start * HEAR_RATE_HZ) : round(end * HEAR_RATE_HZ)] = FIRST_LEVEL + i * LEVEL_STEP
        return samples

    def rooms(self) -> Rooms:
        endpoint = ScriptedEndpoint(self.scores)
        ears = Ears(LevelVad(), endpoint, LevelAsr(self._phrases), replace(THRESHOLDS, partial_s=self.partial_s), HOLD)
        return Rooms(Framer(), ears, ScriptedMind(self._replies), Voice(ToneTts()))

    def run(self, *, threaded: bool = False) -> Played:
        """Play the scene to its end, in the caller's thread or in the real threads in step with the tape."""
        tape, rooms, events = Tape(self.samples(), threaded=threaded), self.rooms(), list[Event]()
        kind: Any = Conversation if threaded else InlineConversation
        conversation = kind(tape, rooms, on_event=events.append, linger_s=self.linger_s)
        if threaded:
            tape.heard = lambda: conversation.frames.reader_waits or conversation.agent.gate.closed
            tape.settled = lambda: settled(conversation, tape)
        conversation.run()
        return Played(events, tape, rooms, conversation)


@dataclass(frozen=True)
class Played:
    """What came of a scene."""

    events: list[Event]
    tape: Tape
    rooms: Rooms
    conversation: Conversation | InlineConversation

    def plot(self) -> list[tuple[Any, ...]]:
        """The events without their times: what must not depend on how the rooms are driven."""
        return [
            tuple(v for k, v in event.to_json().items() if k not in ("at_s", "played_s", "spoken"))
            for event in self.events
        ]


def settled(conversation: Conversation, tape: Tape) -> bool:
    """Whether every thread waits: asked from the first room to the last, since work only flows that way."""
    if conversation.agent.gate.closed:
        return True
    upstream = conversation.frames, conversation.heard, conversation.sentences
    playing = conversation.blocks.reader_waits or conversation.agent.gate.waiting or tape.sink.waiting
    return all(box.reader_waits for box in upstream) and playing


def thread_names() -> set[str]:
    """Names of the threads alive now, to see that a conversation left none behind."""
    return {thread.name for thread in threading.enumerate()}
