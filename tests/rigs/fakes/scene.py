"""A scene: a conversation as a script, played in one thread or in those of a real one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edge_agent.hear.ears import Ears, Thresholds
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.framing import Framer
from edge_agent.run.inline import InlineConversation
from edge_agent.run.stage import Rooms
from edge_agent.run.threads import Conversation
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_RATE_HZ, Event, Samples
from tests.rigs.fakes.engines import (
    FIRST_LEVEL,
    LEVEL_STEP,
    LevelAsr,
    LevelVad,
    ScriptedEndpoint,
    ScriptedMind,
    ToneTts,
)
from tests.rigs.fakes.tape import Tape

THRESHOLDS = Thresholds(
    speech=0.5,
    silence=0.35,
    onset_s=0.1,
    barge_in_s=0.2,
    pause_after_s=0.1,
    resume_after_s=0.1,
    preroll_s=0.5,
    soft_end_s=0.1,
    rescore_s=0.1,
    max_drafts=3,
    max_utterance_s=30,
)
HOLD = HoldPolicy(short_s=0.4, long_s=1.2, max_s=1.6, sure=0.7, doubt=0.35)
"""With the weights of hear/finality.py a score of 1 is sure, and one of 0.1 or less in doubt."""


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
            tape.follow(conversation)
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


def thread_names() -> set[str]:
    """Names of the threads alive now, to see that a conversation left none behind."""
    return {thread.name for thread in threading.enumerate()}
