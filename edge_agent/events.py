"""Events: what happens in a conversation of the device, in order: the only thing that doors and windows see.

Units: seconds (`_s`) of line time. docs/events.md has the wire form.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from edge_agent.types import Json


@dataclass(frozen=True, slots=True)
class _Event:
    type: ClassVar[str]
    turn: int
    """Number of the user's turn, from 1."""
    at_s: float
    """Line time."""

    def to_json(self) -> dict[str, Any]:
        """The wire form: `type` first, then the fields, seconds to the millisecond."""
        fields = {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return {"type": self.type, **fields}


@dataclass(frozen=True, slots=True)
class SpeechStarted(_Event):
    type: ClassVar[str] = "speech_started"


@dataclass(frozen=True, slots=True)
class SpeechStopped(_Event):
    type: ClassVar[str] = "speech_stopped"


@dataclass(frozen=True, slots=True)
class WasCalled(_Event):
    """The agent was called by its name: what follows is said to it. `turn` is the last one so far."""

    type: ClassVar[str] = "called"
    name: str


@dataclass(frozen=True, slots=True)
class FellAsleep(_Event):
    """It has to be called again. `turn` is the last one so far."""

    type: ClassVar[str] = "asleep"


@dataclass(frozen=True, slots=True)
class HeardText(_Event):
    type: ClassVar[str] = "heard"
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Murmured(_Event):
    type: ClassVar[str] = "backchannel"
    text: str


@dataclass(frozen=True, slots=True)
class WasPassedOver(_Event):
    """What was said was taken to be said to somebody else, or by somebody else: it is not answered."""

    type: ClassVar[str] = "passed_over"
    reason: str


@dataclass(frozen=True, slots=True)
class Did(_Event):
    """Code has answered the turn, or something rings: what follows is said of it."""

    type: ClassVar[str] = "did"
    by: str
    """ "skill:timers", "tool:NAME"."""
    effects: tuple[Json, ...] = ()
    """What was done: `what` and its details."""


@dataclass(frozen=True, slots=True)
class Saying(_Event):
    type: ClassVar[str] = "saying"
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Interrupted(_Event):
    type: ClassVar[str] = "interrupted"
    spoken: str
    """The words that the user had heard by then."""
    played_s: float
    cause: Literal["user", "speaker"] = "user"
    """What cut it short: the user, or the loss of the loudspeaker."""


@dataclass(frozen=True, slots=True)
class TurnDone(_Event):
    type: ClassVar[str] = "turn_done"
    played_s: float


@dataclass(frozen=True, slots=True)
class TurnFailed(_Event):
    type: ClassVar[str] = "turn_failed"
    error: str


Event = (
    SpeechStarted
    | SpeechStopped
    | WasCalled
    | FellAsleep
    | HeardText
    | Murmured
    | WasPassedOver
    | Did
    | Saying
    | Interrupted
    | TurnDone
    | TurnFailed
)
