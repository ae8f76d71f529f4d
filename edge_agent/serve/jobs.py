"""What a session asks of the engines, and what they report: plain data, the only things that cross the bridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Text, Written
from edge_agent.types import Failure, Heard, Hearing, Samples, Voiced

# --- jobs: from a session to the engines --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Detection:
    """How the ends of turns are found. Fields that are None are those of the program's settings."""

    threshold: float | None = None
    """VAD probability that is speech."""
    silence_s: float | None = None
    """A turn ends after this silence, whatever it sounds like; None: the endpoint model decides."""
    eagerness: Literal["low", "medium", "high"] | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """Find turns in the Sound that follows, from now on; None: only keep silent (manual turns)."""

    detection: Detection | None
    language: str | None = None
    """ISO 639-1; None: as in the program's settings."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What the user's side sent: float32 (n,) at HEAR_RATE_HZ. Reports are in seconds of all Sound of the session."""

    samples: Samples
    answering: bool
    """Whether the user is hearing an answer: speech means barge-in."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the turn that is being heard, if any; nothing of it is reported any more."""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """The words of a whole stretch of sound: float32 (n,) at HEAR_RATE_HZ."""

    id: str
    samples: Samples
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Prepare:
    """Evaluate the prompt of a Brief whose last message is not complete yet, as long as nothing else is due."""

    brief: Brief


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is spoken."""

    speed: float = 1.0
    """0.25 to 4."""


@dataclass(frozen=True, slots=True)
class Answer:
    id: str
    brief: Brief
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text` as it is."""

    id: str
    text: str
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Stop:
    """Give up the Answer, Say or Transcribe of this id: no Progress of it is reported after this was asked."""

    id: str


Job = Listen | Sound | Forget | Transcribe | Prepare | Answer | Say | Stop

# --- reports: from the engines to a session -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transcribed:
    id: str
    heard: Heard | None
    """None: there were no words in it."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ListenFailed:
    """The ears gave up on the turn that was being heard, and listen on."""

    error: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One part of an Answer or Say, in order. The last one is a Written, or a Failure instead."""

    id: str
    part: Voiced | Text | CallBegun | CallArguments | CallDone | Written | Failure


Report = Hearing | Transcribed | ListenFailed | Progress
