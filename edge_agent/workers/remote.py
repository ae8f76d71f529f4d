"""Remote: the three engines as the rooms know them, each asking its worker. Its other half is serving.py."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.hear import guards
from edge_agent.hear.asr import Transcript, Window, checked_language, joined
from edge_agent.speak.tts import Chunk
from edge_agent.think.llm import StepwiseLlm
from edge_agent.types import HEAR_RATE_HZ, Samples, WordEnd
from edge_agent.workers.worker import Worker

TTS_S_A_CHAR = 0.1
"""More time for a longer text: twice what Piper takes on a machine that is as slow as its speech."""
VOCABULARY = 1 << 16
"""Tokens whose bytes are kept."""


class RemoteWhisper:
    """A `Whisper` in a worker."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        self._lender: RemoteWhisper | None = None
        """Whose worker it is: that ends when nobody has it any more."""
        facts = worker.facts()
        self.language: str | None = facts["language"]
        self._languages: list[str] = facts["languages"]
        self._folder = Path(facts["folder"])
        weakref.finalize(self, worker.close)

    def warm_up(self) -> None:
        """A worker that is ready has done so."""

    def of_language(self, language: str) -> RemoteWhisper:
        """The same model, for another language. Raises ConfigError for one that it lacks."""
        other = copy(self)
        other._lender, other.language = self, checked_language(language, self._languages, self._folder)
        return other

    def transcribe(
        self,
        samples: Samples,
        *,
        voiced_s: float | None = None,
        window: Window = "short",
        draft: Sequence[int] = (),
        final: bool = True,
    ) -> Transcript:
        """As `Whisper.transcribe`. Each piece has its deadline, which grows with the sound: a second for each."""
        pieces = guards.cut_at_pauses(samples)
        if len(pieces) > 1:
            voiced_s = None
        return joined([self._piece(piece, voiced_s, window, draft, final) for piece in pieces])

    def _piece(
        self, samples: Samples, voiced_s: float | None, window: Window, draft: Sequence[int], final: bool
    ) -> Transcript:
        args = {
            "language": self.language, "voiced_s": voiced_s, "window": window, "draft": list(draft), "final": final,
        }  # fmt: skip
        told = self.worker.call("transcribe", args, samples, more_s=samples.size / HEAR_RATE_HZ).fields["value"]
        return Transcript(**{**told, "ids": tuple(told["ids"])})


class RemoteLlm(StepwiseLlm):
    """A `LlamaCpp` in a worker. After a loss its context is empty, and the next prompt is evaluated whole."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        self.context = worker.facts()["context"]
        weakref.finalize(self, worker.close)
        self.to_bytes = lru_cache(VOCABULARY)(partial(_bytes_of, worker))

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        ids: list[int] = self._value("tokenize", text=text, special=special)
        return ids

    def cached(self, tokens: Sequence[int]) -> int:
        return int(self._value("cached", tokens=list(tokens)))

    def forget(self, start: int, count: int) -> None:
        self._value("forget", start=start, count=count)

    def check(self, grammar: str) -> None:
        self._value("check", grammar=grammar)

    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        return (None for _ in self.worker.stream("slices", {"tokens": list(tokens)}))

    def sample(
        self, prompt: Sequence[int], *, not_first: Sequence[int], grammar: str | None, temperature: float | None
    ) -> Iterator[int]:
        args = {
            "prompt": list(prompt), "not_first": list(not_first), "grammar": grammar, "temperature": temperature,
        }  # fmt: skip
        return (int(item.fields["value"]) for item in self.worker.stream("sample", args))

    def _value(self, name: str, **args: Any) -> Any:
        return self.worker.call(name, args).fields["value"]


class RemotePiper:
    """A `Piper` in a worker."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        facts = worker.facts()
        self.rate_hz: int = facts["rate_hz"]
        self.language: str = facts["language"]
        weakref.finalize(self, worker.close)

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """As `Piper.stream`. Its deadline grows with the text."""
        more_s = TTS_S_A_CHAR * len(text)
        for fields, samples in self.worker.stream("stream", {"text": text, "speed": speed}, more_s=more_s):
            words = tuple(WordEnd(*end) for end in fields["words"])
            yield Chunk(np.zeros(0, np.float32) if samples is None else samples, fields["left"], words)


def _bytes_of(worker: Worker, token: int) -> bytes:
    text: str = worker.call("to_bytes", {"token": token}).fields["value"]
    return text.encode("latin-1")
