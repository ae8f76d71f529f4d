"""A scene: a conversation as a script, played in one thread or in those of a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.events import Event
from edge_agent.hear.ears import Ears
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.thresholds import Thresholds
from edge_agent.hear.yielding import Patience, Yielding
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.inline import InlineHost
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener
from edge_agent.run.inline import InlineConversation
from edge_agent.run.threads import Conversation
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.fakes.engines import (
    FIRST_LEVEL,
    LEVEL_STEP,
    LevelAsr,
    LevelVad,
    ScriptedEndpoint,
    ScriptedWriter,
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

PATIENCE = Patience(waits_s=0.18, longest_s=1.0, silence_s=0.5)


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

    def engines(self) -> Engines:
        asr = LevelAsr(self._phrases)
        return Engines(self.ears, ScriptedEndpoint(self.scores), lambda language: asr, self.writer(), Voice(ToneTts()))

    def ears(self, endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        ears = Ears(LevelVad(), endpoint, asr, replace(THRESHOLDS, partial_s=self.partial_s), HOLD)
        return Yielding(ears, PATIENCE) if detection.device else ears

    def writer(self) -> ScriptedWriter:
        return ScriptedWriter(self._replies)

    def run(self, engines: Engines | None = None, *, threaded: bool = False, **more: Any) -> Played:
        """Play the scene to its end, in the caller's thread or in the real threads in step with the tape."""
        return play(Tape(self.samples(), threaded=threaded), engines or self.engines(), self.linger_s, **more)


def play(
    tape: Tape,
    engines: Engines,
    linger_s: float = 1.0,
    *,
    rests: Callable[[Conversation], bool] | None = None,
    **more: Any,
) -> Played:
    """Play a tape to its end. `rests` says when the threads of a threaded one rest; `more` goes to the conversation."""
    events, clock = list[Event](), ManualClock()
    briefs, named = Briefs("Be brief."), {"on_event": events.append, "linger_s": linger_s, **more}
    if not tape.threaded:
        inline = InlineConversation(tape, InlineHost(engines, clock), briefs, **named)
        inline.run()
        return Played(events, tape, engines, inline)
    with Host(engines, clock) as host:
        threads = Conversation(tape, host, briefs, **named)
        tape.follow(threads, (lambda: rests(threads)) if rests else None)
        threads.run()
    return Played(events, tape, engines, threads)


@dataclass(frozen=True)
class Played:
    """What came of a scene."""

    events: list[Event]
    tape: Tape
    engines: Engines
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
