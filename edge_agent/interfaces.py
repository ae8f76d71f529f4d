"""What the rooms ask of an engine, and what it answers: `Vad`, `Endpoint`, `Asr`, `SpeakerEncoder`, `Llm`, `Tts`.

What whoever loads an engine asks of it besides stands behind each (`VadEngine` ...). engines.py makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, Unpack

from edge_agent.floor import ALONE, Meanwhile, Yields
from edge_agent.types import AsrHints, AudioFrame, Embedding, Hearing, Samples, WordEnd

Wanted = Callable[[], bool]
"""Whether anybody still wants the answer that is being worked on. An engine asks between two steps."""


# --- hear -----------------------------------------------------------------------------------------------------------


class Vad(Protocol):
    """The VAD says of each frame whether it is speech. It keeps a state between frames."""

    def probability(self, samples: Samples) -> float:
        """Returns the probability of speech in [0, 1] for one frame: HEAR_FRAME samples at HEAR_RATE_HZ."""
        ...

    def reset(self) -> None:
        """Forgets the frames before: the next one begins another conversation."""
        ...


class VadEngine(Vad, Protocol):
    """A VAD as it is loaded."""

    def warm_up(self) -> None:
        """Runs once, so that the first frame is as fast as the second."""
        ...

    def another(self) -> Self:
        """Returns the same model with a state of its own, for another microphone."""
        ...


class Endpoint(Protocol):
    """The endpoint model says whether a turn sounds finished."""

    def score(self, samples: Samples) -> float:
        """Returns the probability in [0, 1] that the turn is over. `samples` is all of it at HEAR_RATE_HZ, with a
        little of the silence behind it. Raises EngineError.
        """
        ...


class EndpointEngine(Endpoint, Protocol):
    """An endpoint model as it is loaded."""

    def warm_up(self) -> None:
        """Runs once, so that the first score is as fast as the second."""
        ...


class WordTime(NamedTuple):
    """A word of an utterance, with the seconds of its sound at which it begins and ends."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the ASR made out of one utterance, and what that took. Only the text and its language must be known."""

    text: str
    """"" where `rejected` says why."""
    language: str
    """ISO 639-1 code."""
    confidence: float = 1.0
    """exp(mean log-probability of the tokens), in [0, 1]."""
    no_speech: float = 0.0
    """The probability, in [0, 1], that nobody spoke."""
    rejected: str | None = None
    """Why what sounded like speech holds no words."""
    retried: bool = False
    """Whether the text was in doubt, and the utterance was looked at a second time."""
    tokens: int = 0
    ids: tuple[int, ...] = ()
    """The tokens of the text, where it is of one piece: a later pass over more of the utterance begins with most."""
    words: tuple[WordTime, ...] = ()
    """When its words were said, where somebody asked for that."""
    mel_s: float = 0.0
    encode_s: float = 0.0
    decode_s: float = 0.0


class Asr(Protocol):
    """The ASR turns an utterance into text."""

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        """Returns the text of an utterance of any length: float32 mono at HEAR_RATE_HZ, shape (n,). Raises
        EngineError."""
        ...

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        """Returns when the words of a text were said in the sound that it was made of, at most 30 s; `ids` are its
        tokens. Raises EngineError.
        """
        ...


class AsrEngine(Asr, Protocol):
    """An ASR as it is loaded."""

    language: str | None
    """ISO 639-1 code of what it takes everything for; None: it finds out anew for each utterance."""

    @property
    def languages(self) -> Sequence[str]:
        """The ISO 639-1 codes of the languages that it knows."""
        ...

    def warm_up(self) -> None:
        """Runs once, so that the first utterance is as fast as the second."""
        ...

    def of_language(self, language: str) -> Self:
        """Returns the same model for another language. Raises ConfigError for one that it lacks."""
        ...


class SpeakerEncoder(Protocol):
    """The speaker encoder says what a voice sounds like: the product of two is nearer to 1 the more alike they are."""

    def embed(self, samples: Samples) -> Embedding:
        """Returns the embedding of whoever says `samples`, at HEAR_RATE_HZ, without pauses. Raises EngineError."""


class SpeakerEngine(SpeakerEncoder, Protocol):
    """A speaker encoder as it is loaded."""

    def warm_up(self) -> None:
        """Runs once, so that the first voice is as fast as the second."""
        ...


class Listener(Protocol):
    """A listener follows one microphone: frames in, hearings out."""

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking or may go on."""
        ...

    @property
    def yields(self) -> Yields:
        """What the answer does meanwhile, as somebody may be about to interrupt it."""
        ...

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Takes in one frame and yields what becomes of it. Raises EngineError, and is then to be followed by
        `abandon`.
        """
        ...

    def abandon(self) -> None:
        """Forgets the turn that is under way."""
        ...


# --- think ----------------------------------------------------------------------------------------------------------


class Llm(Protocol):
    """The LLM continues tokens. What it has evaluated it keeps: a prompt that begins like one before costs the rest."""

    context: int
    """Tokens of prompt and answer together."""

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Returns the tokens of a text. `special` reads control tokens; never use it on what people say."""
        ...

    def to_bytes(self, token: int) -> bytes:
        """Returns the bytes of one token, which may be a part of a character."""
        ...

    def forget(self, prompt: Sequence[int], start: int, count: int) -> None:
        """Leaves `count` tokens of `prompt` from `start` on out of what it keeps, where it has evaluated them and need
        not evaluate again what follows.
        """
        ...

    def prefill(self, tokens: Sequence[int], wanted: Wanted) -> bool:
        """Evaluates a prompt ahead. Returns False where it gave up because nobody wants it. Raises EngineError."""
        ...

    def generate(self, prompt: Sequence[int], wanted: Wanted, *, not_first: Sequence[int] = ()) -> Iterator[int]:
        """Yields the tokens of an answer, which does not begin with one of `not_first`, until the model ends it, the
        context is full or nobody wants more. Raises EngineError.
        """
        ...


class CallingLlm(Llm, Protocol):
    """A calling LLM can be held to a grammar, so that it calls tools."""

    def cached(self, tokens: Sequence[int]) -> int:
        """Returns how many of `tokens`, from the first on, need not be evaluated again."""
        ...

    def check(self, grammar: str) -> None:
        """Raises EngineError if `grammar` (GBNF) is none."""
        ...

    def generate(
        self,
        prompt: Sequence[int],
        wanted: Wanted,
        *,
        not_first: Sequence[int] = (),
        grammar: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
    ) -> Iterator[int]:
        """Generates as `Llm.generate` does; with a `grammar` no token comes that it does not allow. `temperature` and
        `top_p`: as the engine was told, where they are None.
        """
        ...


class LlmEngine(CallingLlm, Protocol):
    """An LLM as it is loaded. A worker asks it for one step at a time."""

    def warm_up(self) -> None:
        """Runs once, so that the first prompt is as fast as the second."""
        ...

    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        """Evaluates a prompt, a part of it before each step. Raises EngineError."""
        ...

    def sample(
        self,
        prompt: Sequence[int],
        *,
        not_first: Sequence[int],
        grammar: str | None,
        temperature: float | None,
        top_p: float | None,
    ) -> Iterator[int]:
        """Yields the tokens of an answer to a `prompt` that was evaluated just now. Raises EngineError."""
        ...


# --- speak ----------------------------------------------------------------------------------------------------------


SPEEDS = 0.25, 4.0
"""How much slower and faster than its own pace a voice may be asked to speak."""


class Chunk(NamedTuple):
    """A chunk is some sound of a text, in order."""

    samples: Samples
    left: int
    """Samples to come after these, at most; 0 in the last chunk, and only there."""
    words: tuple[WordEnd, ...] = ()
    """The end of each word of the text in its sound; the same in all chunks. Empty if the engine does not tell."""


class Tts(Protocol):
    """The TTS turns text that can be said (`speak/wording`) into sound."""

    rate_hz: int

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Yields the sound of `text` as it is made, float32 in [-1, 1]; nothing for text without a letter. `speed`:
        times the pace of the voice, within SPEEDS, as far as the engine goes along. Raises EngineError.
        """
        ...


class TtsEngine(Tts, Protocol):
    """A TTS as it is loaded."""

    language: str
    """ISO 639-1 code of what it speaks: its wording rules are those of `speak/wording`."""

    def warm_up(self) -> object:
        """Runs once, so that the first text is as fast as the second."""
        ...
