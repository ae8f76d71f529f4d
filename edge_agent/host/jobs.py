"""What a conversation asks of the host, and what the host reports: plain data, the only things that cross a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.floor import Yields
from edge_agent.interfaces import Transcript
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Text, Written
from edge_agent.types import AudioFrame, Failure, Heard, Hearing, Samples, Voiced

# --- jobs: from a conversation to the host --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Detection:
    """How the ends of turns are found. Fields that are None are those of the program's settings."""

    threshold: float | None = None
    """VAD probability that is speech."""
    silence_s: float | None = None
    """A turn ends after this silence, whatever it sounds like; None: the endpoint model decides."""
    eagerness: Literal["low", "medium", "high"] | None = None
    device: bool = False
    """Whether the device's own agent listens, which can fall silent and go on: a backchannel does not interrupt it."""
    awake: bool = False
    """Whether it hears without being called by name, as whoever is there has called it in another way."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Find turns in the Sound that follows, from now on; None: only keep silent (manual turns)."""

    detection: Detection | None
    language: str | None = None
    """ISO 639-1; None: as in the program's settings."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What the user is likely to say next is of this kind (`Asr.transcribe`, `context`); "": anything."""

    words: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What the user's side sent: float32 (n,) at HEAR_RATE_HZ. Reports are in seconds of all Sound of the session."""

    samples: Samples
    answering: bool
    """Whether the user is hearing an answer: speech means barge-in."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A block of a line, which knows its own place: where some of the line's sound was lost, time goes on."""

    frame: AudioFrame


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the turn that is being heard, if any; nothing of it is reported any more."""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """The words of a whole stretch of sound: float32 (n,) at HEAR_RATE_HZ."""

    id: str
    samples: Samples
    language: str | None = None
    words: bool = False
    """Whether it is to be known when each word was said."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Evaluate the prompt of a Brief whose last message is not complete yet, as long as nothing else is due."""

    brief: Brief


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is spoken."""

    speed: float = 1.0
    """0.25 to 4."""
    voice: str | None = None
    """Name of an installed voice; None: that of the settings."""


@dataclass(frozen=True, slots=True)
class Answer:
    id: str
    brief: Brief
    manner: Manner = Manner()
    traced: bool = False
    """Whether it is reported when the answer has Reached a thread."""


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


@dataclass(frozen=True, slots=True)
class Hush:
    """Nobody hears this Answer or Say any more: what is still to come of it has no sound, but an empty block for each
    sentence."""

    id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """There is sound enough for now: make no more before this is taken back, or another Answer is asked for."""

    on: bool


Job = Listen | Expect | Sound | Frame | Forget | Transcribe | Prepare | Answer | Say | Stop | Hush | Hold

# --- reports: from the host to a conversation ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transcribed:
    id: str
    heard: Heard | None
    """None: there were no words in it."""
    error: str | None = None
    transcript: Transcript | None = None
    """What the ASR says of it beside the words, if there were any."""


@dataclass(frozen=True, slots=True)
class ListenFailed:
    """The ears gave up on what was being heard, and listen on."""

    error: str
    in_turn: bool = True
    """Whether the user was in the middle of a turn."""
    cause: BaseException | None = field(default=None, compare=False)
    """The exception, where it was none that an engine should raise."""


@dataclass(frozen=True, slots=True)
class Wavering:
    """Somebody may be about to interrupt the answer, or is not any more: what it does until that is known."""

    yields: Yields


@dataclass(frozen=True, slots=True)
class Reached:
    """A traced Answer is with the LLM now, or its first sentence with the voice."""

    id: str
    stage: Literal["think", "sentence"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One part of an Answer or Say, in order. The last one is a Written, or a Failure instead."""

    id: str
    part: Voiced | Text | CallBegun | CallArguments | CallDone | Written | Failure


Report = Hearing | Wavering | Transcribed | ListenFailed | Reached | Progress
