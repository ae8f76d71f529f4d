"""The core types: what flows between the rooms. Imports numpy and nothing of ours.

Units: seconds (`_s`) of line time unless a name says otherwise; samples are float32 mono in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]
"""A JSON object: an event of a protocol, a result of a bench."""
Samples = npt.NDArray[np.float32]
"""Shape (n,), mono, in [-1, 1]."""
Embedding = npt.NDArray[np.float32]
"""What a voice sounds like: a vector of length 1."""

HEAR_RATE_HZ = 16_000
HEAR_FRAME = 512
"""Samples of one frame towards `hear`: 32 ms, the window Silero VAD was trained on."""

EndedBy = Literal["silence", "length"]


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """A stretch of sound. `start` is the index of its first sample since the line opened."""

    samples: Samples
    rate_hz: int
    start: int
    echo_db: float = -inf
    """The level in dBFS that what is left of our own voice may have in it; -inf where none of it is expected."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz

    @property
    def start_s(self) -> float:
        return self.start / self.rate_hz

    @property
    def end(self) -> int:
        return self.start + len(self.samples)

    @property
    def end_s(self) -> float:
        return self.end / self.rate_hz


class AsrHints(TypedDict, total=False):
    """What an ASR may be told of an utterance besides its sound."""

    voiced_s: float | None
    """The seconds that the VAD found voiced, if known."""
    draft: Sequence[int]
    """`ids` of what was heard when there was less of it; an engine may be faster by them, and hears no otherwise."""
    final: bool
    """Whether no more of it is to come, as is taken for granted."""
    context: str
    """Words of the kind that is expected, which are heard more readily."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the user said."""

    text: str
    language: str
    """ISO 639-1 code."""
    confidence: float
    """exp(mean log-probability of the tokens), in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of the answer, ready to be spoken: no markup, no <think>. An empty last sentence is legal."""

    index: int
    text: str
    last: bool


class WordEnd(NamedTuple):
    """A word's end: after `samples` samples of a text's sound its first `chars` characters have been said."""

    chars: int
    samples: int


@dataclass(frozen=True, slots=True)
class Voiced:
    """One block of a spoken sentence."""

    sentence: Sentence
    samples: Samples
    rate_hz: int
    position: int
    """Index of the first sample within the sentence's sound."""
    total: int
    """Samples of the whole sentence, so that an interruption can be put to a word. While the sentence is still being
    made, at most so many."""
    cached: bool = False
    """Whether this was kept from an earlier answer: figures of latency count it apart."""
    words: tuple[WordEnd, ...] = ()
    """The ends of the words of the sentence, in order, in characters of its text and samples of its sound; the same in
    all of its blocks. Empty where the voice does not tell."""

    @property
    def ends_sentence(self) -> bool:
        return self.position + len(self.samples) >= self.total


@dataclass(frozen=True, slots=True)
class Failure:
    """An engine gave up at this point of an answer. Takes the way of the answer, so that what came before is heard."""

    error: str
    code: str = "engine_error"
    """What the network doors call it."""
    cause: BaseException | None = field(default=None, compare=False)
    """The exception, where it was none that an engine should raise."""


@dataclass(frozen=True, slots=True)
class StillWorking:
    """An answer is due and nothing of it has come for long: the user is to hear that it is worked on."""

    in_words: bool = False
    """Whether that is said; else there is a note."""


class Turn(NamedTuple):
    """A turn of the user. `number` counts the user's turns; `draft` counts answers begun before the user had
    finished."""

    number: int
    draft: int

    @property
    def id(self) -> str:
        """Names the answer to it, for the host."""
        return f"{self.number}.{self.draft}"

    @classmethod
    def of(cls, id: str) -> Turn:
        number, _, draft = id.partition(".")
        return cls(int(number), int(draft))


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class InTurn(Generic[T_co]):
    """The one envelope on every mailbox after `hear`."""

    turn: Turn
    item: T_co


# --- what `hear` tells the agent ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Onset:
    """The user has begun to speak."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been said so far, while the user speaks: the LLM may read it, and answer nothing."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class Draft:
    """The user has probably finished: an answer may be prepared, and must not be heard yet."""

    heard: Heard
    at_s: float = field(default=0.0, compare=False)
    """Line time of the soft end."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The user goes on: whatever a Draft started is void."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The user has finished. Commits the answer begun by a Draft with the same text."""

    heard: Heard
    start_s: float
    end_s: float
    ended_by: EndedBy


@dataclass(frozen=True, slots=True)
class Rejected:
    """What sounded like speech held no words: nothing of it reaches the LLM."""

    reason: str
    end_s: float


@dataclass(frozen=True, slots=True)
class Backchannel:
    """Somebody has spoken into an answer and does not want the floor: it goes on, and no turn is made of it."""

    text: str
    """What was said ("mhm"); "" for a laugh or a cough."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What was said is not for the agent, although nothing is wrong with it. A Rejected or a Backchannel follows."""

    reason: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Called:
    """The user has said the agent's name: what follows is said to it."""

    name: str
    """The name as it is spoken: "hey jarvis"."""
    at_s: float
    """Line time at which it was recognized, which is behind its end."""


@dataclass(frozen=True, slots=True)
class Asleep:
    """Nothing more was said to the agent for long enough: it has to be called again."""

    at_s: float


Hearing = Onset | Partial | Draft | Resumed | Finished | Rejected | Backchannel | PassedOver | Called | Asleep
