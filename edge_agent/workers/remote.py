"""Remote: the three engines as the rooms know them, each asking its worker. Its other half is serving.py."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import lru_cache, partial
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from edge_agent.hear import guards
from edge_agent.hear.asr import checked_language, joined
from edge_agent.interfaces import Chunk, Transcript, WordTime
from edge_agent.think.llm import StepwiseLlm
from edge_agent.types import HEAR_RATE_HZ, Samples, WordEnd
from edge_agent.workers.packet import tokens_of
from edge_agent.workers.worker import Worker

TTS_S_A_CHAR = 0.1
"""A longer text has so much more time: twice what a voice takes on a machine that is as slow as its speech."""
VOCABULARY = 1 << 16
"""Tokens whose bytes are kept."""
OF_TEMPLATES = 1024
"""Texts of templates whose tokens are kept."""
_TRANSCRIPT = TypeAdapter(Transcript)
_WORD_TIMES = TypeAdapter(tuple[WordTime, ...])


@contextmanager
def _sense(worker: Worker) -> Iterator[None]:
    """A context for reading what `worker` has answered. Raises EngineLost where it is not what was asked for."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):  # pydantic's is a ValueError
        raise worker.reject() from None


class RemoteAsr:
    """An `AsrEngine` in a worker."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        self._lender: RemoteAsr | None = None
        """The ASR whose worker it is: that ends when nobody has it any more."""
        facts = worker.facts()
        with _sense(worker):
            self.language: str | None = facts["language"]
            self.languages: list[str] = facts["languages"]
            self._model = str(facts["model"])
        weakref.finalize(self, worker.close)

    def warm_up(self) -> None:
        """A worker that is ready has done so."""

    def of_language(self, language: str) -> RemoteAsr:
        """The same model, for another language. Raises ConfigError for one that it lacks."""
        other = copy(self)
        other._lender, other.language = self, checked_language(language, self.languages, self._model)
        return other

    def transcribe(
        self,
        samples: Samples,
        *,
        voiced_s: float | None = None,
        draft: Sequence[int] = (),
        final: bool = True,
        context: str = "",
    ) -> Transcript:
        """Transcribes as `Asr.transcribe` does. Each piece has its deadline, which grows with the sound: a second for
        each."""
        pieces = guards.cut_at_pauses(samples)
        if len(pieces) > 1:
            voiced_s = None
        return joined([self._piece(piece, voiced_s, draft, final, context) for piece in pieces])

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        """Tells it as `Asr.word_times` does."""
        args, more_s = {"language": language, "ids": list(ids)}, samples.size / HEAR_RATE_HZ
        told = self.worker.call("word_times", args, samples, more_s=more_s).fields
        with _sense(self.worker):
            return _WORD_TIMES.validate_python(told["value"])

    def _piece(
        self, samples: Samples, voiced_s: float | None, draft: Sequence[int], final: bool, context: str
    ) -> Transcript:
        args = {
            "language": self.language, "voiced_s": voiced_s, "draft": list(draft), "final": final, "context": context,
        }  # fmt: skip
        told = self.worker.call("transcribe", args, samples, more_s=samples.size / HEAR_RATE_HZ).fields
        with _sense(self.worker):
            return _TRANSCRIPT.validate_python(told["value"])


class RemoteLlm(StepwiseLlm):
    """An `LlmEngine` in a worker. After a loss its context is empty, and the next prompt is evaluated whole."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        facts = worker.facts()
        with _sense(worker):
            self.context = int(facts["context"])
        weakref.finalize(self, worker.close)
        self._bytes: dict[int, bytes] = {}
        """Those of tokens that have been asked for, or were sampled."""
        self._of_template = lru_cache(OF_TEMPLATES)(partial(_tokens_of, worker, special=True))

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """What is read with control tokens is of templates, and the same for every answer: it is asked for once. An
        answer began after 20 more crossings without that."""
        return list(self._of_template(text)) if special else _tokens_of(self.worker, text, special=False)

    def to_bytes(self, token: int) -> bytes:
        """The bytes of one token, which come with those that are sampled: an answer began after five more crossings
        without that."""
        if token not in self._bytes:
            self._keep(token, self.worker.call("to_bytes", {"token": token}).fields, "value")
        return self._bytes[token]

    def _keep(self, token: int, fields: dict[str, Any], key: str) -> None:
        with _sense(self.worker):
            found: bytes = fields[key].encode("latin-1")
        if len(self._bytes) >= VOCABULARY:
            self._bytes.clear()
        self._bytes[token] = found

    def cached(self, tokens: Sequence[int]) -> int:
        told = self.worker.call("cached", {"tokens": list(tokens)}).fields
        with _sense(self.worker):
            return int(told["value"])

    def forget(self, prompt: Sequence[int], start: int, count: int) -> None:
        self.worker.call("forget", {"prompt": list(prompt), "start": start, "count": count})

    def check(self, grammar: str) -> None:
        self.worker.call("check", {"grammar": grammar})

    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        return (None for _ in self.worker.stream("slices", {"tokens": list(tokens)}))

    def sample(
        self,
        prompt: Sequence[int],
        *,
        not_first: Sequence[int],
        grammar: str | None,
        temperature: float | None,
        top_p: float | None,
    ) -> Iterator[int]:
        args = {
            "prompt": list(prompt), "not_first": list(not_first), "grammar": grammar, "temperature": temperature,
            "top_p": top_p,
        }  # fmt: skip
        for item in self.worker.stream("sample", args):
            with _sense(self.worker):
                token = int(item.fields["value"])
            self._keep(token, item.fields, "bytes")
            yield token


class RemoteTts:
    """A `TtsEngine` in a worker."""

    def __init__(self, worker: Worker) -> None:
        """Raises what loading it raised."""
        self.worker = worker
        facts = worker.facts()
        with _sense(worker):
            self.rate_hz = int(facts["rate_hz"])
            self.language = str(facts["language"])
        weakref.finalize(self, worker.close)

    def warm_up(self) -> None:
        """A worker that is ready has done so."""

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Streams as `Tts.stream` does. The deadline grows with the text."""
        more_s = TTS_S_A_CHAR * len(text)
        for fields, samples in self.worker.stream("stream", {"text": text, "speed": speed}, more_s=more_s):
            with _sense(self.worker):
                left, words = int(fields["left"]), tuple(WordEnd(*map(int, end)) for end in fields["words"])
            yield Chunk(np.zeros(0, np.float32) if samples is None else samples, left, words)


def _tokens_of(worker: Worker, text: str, *, special: bool) -> list[int]:
    told = worker.call("tokenize", {"text": text, "special": special})
    with _sense(worker):
        return tokens_of(told)
