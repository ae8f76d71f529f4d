"""Whether the agent is alive: sound comes in, and no stage is busy with one thing for too long. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from edge_agent.run.threads import Conversation


INFLOW_S = 10.0
"""PulseAudio's first sound takes up to 1.6 s, and a device that hangs is replaced within seconds."""
HEAR_S = 180.0
"""A worker past its deadline is replaced long before: `engines.deadline_s` (60 at most) for it to load, as much for a
step, and what the length of an utterance or a sentence adds. This is for what no deadline of an engine sees."""
THINK_S = 180.0
SPEAK_S = 180.0
PLAY_S = 30.0
"""A block of 20 ms, and the hold of a draft before it."""


class Box(Protocol):
    """What a Mailbox and a Rota say of themselves."""

    @property
    def given(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def full(self) -> bool: ...
    @property
    def reader_waits(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Stage:
    """A thread between two boxes. It moves when it takes something or hands something on."""

    name: str
    inbox: Box
    outbox: Box | None
    deadline_s: float

    @property
    def moves(self) -> tuple[int, int]:
        return self.inbox.taken, self.outbox.given if self.outbox else 0

    @property
    def excused(self) -> bool:
        """It has nothing to do, or waits for the next one."""
        return self.inbox.reader_waits or (self.outbox is not None and self.outbox.full)


@dataclass(frozen=True, slots=True)
class Inflow:
    """The thread that fills the first box: a microphone that is lost gives silence, so sound comes in at all times."""

    name: str
    outbox: Box
    deadline_s: float
    excused = False

    @property
    def moves(self) -> tuple[int, int]:
        return 0, self.outbox.given


class Pulse:
    """Asked now and then, at least twice within the shortest deadline."""

    def __init__(self, stages: Iterable[Stage | Inflow]) -> None:
        self._stages = tuple(stages)
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}

    def stuck(self, now_s: float) -> str | None:
        """Why the agent is not alive, or None. `now_s`: any monotonic time in seconds."""
        for stage in self._stages:
            moves, since_s = self._seen.get(stage.name, (None, now_s))
            if moves != stage.moves or stage.excused:
                self._seen[stage.name] = (stage.moves, now_s)
            elif now_s - since_s > stage.deadline_s:
                return f"{stage.name} has not moved for {now_s - since_s:.0f} s"
        return None


def of_conversation(conversation: Conversation) -> Pulse:
    """The five threads of docs/threads.md, by their mailboxes."""
    frames, heard = conversation.frames, conversation.heard
    sentences, blocks = conversation.sentences, conversation.blocks
    return Pulse(
        [
            Inflow("capture", frames, INFLOW_S),
            Stage("hear", frames, heard, HEAR_S),
            Stage("think", heard, sentences, THINK_S),
            Stage("speak", sentences, blocks, SPEAK_S),
            Stage("playback", blocks, None, PLAY_S),
        ]
    )


def of_engines(to_hear: Box, to_think: Box, to_speak: Box) -> Pulse:
    """The three threads that all sessions of a server share."""
    return Pulse(
        [
            Stage("hear", to_hear, to_think, HEAR_S),
            Stage("think", to_think, to_speak, THINK_S),
            Stage("speak", to_speak, None, SPEAK_S),
        ]
    )
