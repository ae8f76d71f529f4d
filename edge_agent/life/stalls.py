"""Whether the agent is alive: sound comes in, and no stage is busy with one thing for too long. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from edge_agent.waits import Wait, wait_of

if TYPE_CHECKING:
    from edge_agent.host.host import AtMicrophone, Host


INFLOW_S = 10.0
"""PulseAudio's first sound takes up to 1.6 s, and a device that hangs is replaced within seconds."""
STEP_S = 20.0
"""A stage has so long for what it does by itself: a step of an engine in this process at most, else milliseconds.
Engines in workers have deadlines of their own. A hang is to end within 30 s (docs/reliability.md)."""
LATE_S = 5.0
"""A thread that has waited for an engine until its deadline has so long to go on."""
PAUSED_S = 5.0
"""If nobody looked for so long, the process as a whole stood still (Ctrl-Z, a debugger): no thread of it is to
blame."""
PLAY_S = 30.0
"""A block of 20 ms, and the hold of a draft before it."""


class Box(Protocol):
    """What a Mailbox and a FairQueue say of themselves."""

    @property
    def given(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def reader_waits(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class WatchedThread:
    """A thread between two boxes. It moves when it takes something or hands something on."""

    name: str
    inbox: Box
    outbox: Box | None
    deadline_s: float
    wait: Wait = field(default_factory=Wait)
    """Its wait for its engine."""
    behind: Wait = field(default_factory=Wait)
    """The wait of the stage that it waits for."""

    @property
    def moves(self) -> tuple[int, ...]:
        handed_on = self.outbox.given if self.outbox else 0
        return self.inbox.taken, handed_on, self.wait.steps, self.behind.steps

    @property
    def due_s(self) -> float | None:
        """The time by which its engine answers or is given up, if it waits for that."""
        return self.wait.due_s

    @property
    def excused(self) -> bool:
        """It has nothing to do, or waits for another, which is to blame."""
        return self.inbox.reader_waits or self.behind.due_s is not None


@dataclass(frozen=True, slots=True)
class Inflow:
    """The thread that reads the line: a microphone that is lost gives silence, so sound comes in at all times."""

    name: str
    given: Callable[[], int]
    """How much it has read."""
    deadline_s: float
    excused = False
    due_s = None

    @property
    def moves(self) -> tuple[int, ...]:
        return (self.given(),)


class StallDetector:
    """The detector tells what is stuck. It is asked each second or two."""

    def __init__(self, stages: Callable[[], Iterable[WatchedThread | Inflow]]) -> None:
        """`stages` is asked anew each time: microphones come and go."""
        self._stages = stages
        self._seen: dict[str, tuple[tuple[int, ...], float]] = {}
        self._looked_s = 0.0

    def stuck(self, now_s: float) -> str | None:
        """Why the agent is not alive, or None. `now_s`: `time.monotonic`, or whatever the waits go by."""
        paused, self._looked_s = now_s - self._looked_s > PAUSED_S, now_s
        if paused:
            self._seen.clear()
        for stage in self._stages():
            moves, since_s = self._seen.get(stage.name, (None, now_s))
            due_s = stage.due_s
            if due_s is not None and now_s - due_s > LATE_S and not paused:
                return f"{stage.name} waits for an engine {now_s - due_s:.0f} s beyond its deadline"
            if moves != stage.moves or stage.excused or due_s is not None:
                self._seen[stage.name] = (stage.moves, now_s)
            elif now_s - since_s > stage.deadline_s:
                return f"{stage.name} has not moved for {now_s - since_s:.0f} s"
        return None


def of_host(host: Host, step_s: float = STEP_S) -> StallDetector:
    """The threads of docs/threads.md. `step_s`: `engines.deadline_s`, which may be longer."""
    stages = _stages(host, step_s)
    return StallDetector(lambda: [*stages, *(stage for each in host.microphones for stage in _line(each))])


def _line(conversation: AtMicrophone) -> list[WatchedThread | Inflow]:
    return [
        Inflow("capture", lambda: conversation.captured, INFLOW_S),
        WatchedThread("playback", conversation.blocks, None, PLAY_S),
    ]


def _stages(host: Host, step_s: float) -> list[WatchedThread]:
    """The stages, named after their threads. The LLM waits while the voice renders the first fragment."""
    hear, think, speak = map(wait_of, ("hear", "think", "speak"))
    deadline_s = max(STEP_S, step_s)
    return [
        WatchedThread("hear", host.to_hear, host.to_think, deadline_s, hear),
        WatchedThread("think", host.to_think, host.to_speak, deadline_s, think, behind=speak),
        WatchedThread("speak", host.to_speak, None, deadline_s, speak),
    ]
