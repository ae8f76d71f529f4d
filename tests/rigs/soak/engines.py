"""Engines of a soak: scripted like those of fakes/, but endless, and each fails when its turn's plan says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Unpack

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError
from edge_agent.interfaces import Chunk, Transcript, WordTime
from edge_agent.types import HEAR_FRAME, AsrHints, Samples
from tests.rigs.fakes import FIRST_LEVEL, LEVEL_STEP, ToneTts
from tests.rigs.soak.plan import Plan

LEVELS = 50
"""Phrases that have a level of their own before one comes again."""
SLOW_S = 30.0
"""Of a slow LLM, for one token: its time ceiling ends the answer."""

Known = dict[str, Plan]
"""The plans that are under way, by their name."""


def level_of(plan: Plan) -> float:
    return FIRST_LEVEL + LEVEL_STEP * (plan.number % LEVELS)


class SoakAsr:
    """Tells from the level of the samples whose turn it is given."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        levels, counts = np.unique(np.round((samples - FIRST_LEVEL) / LEVEL_STEP).astype(int), return_counts=True)
        heard = {int(level) for level, count in zip(levels, counts, strict=True) if count > HEAR_FRAME}
        said = [plan for plan in self._known.values() if plan.number % LEVELS in heard]
        kinds = {plan.kind for plan in said}
        if "asr fails" in kinds or ("asr fails while the user speaks" in kinds and not hints.get("final", True)):
            raise EngineError("The ASR of the soak fails.")
        rejected = "noise" if not said or "noise" in kinds else None
        text = "" if rejected else " ".join(f"Please tell me about {plan.name}." for plan in said)
        ids = tuple(range(len(text.split())))
        return Transcript(text, "en", 1.0, 0.0, rejected, False, tokens=len(ids), ids=ids)

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        return ()  # nobody asks for them in a conversation


class SoakEndpoint:
    """Every turn sounds finished. Is not told whose turn it is: it fails while such a one is under way."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def score(self, samples: Samples) -> float:
        if "endpoint fails" in {plan.kind for plan in self._known.values()}:
            raise EngineError("The endpoint model of the soak fails.")
        return 1.0


class SoakLlm:
    """Its tokens are bytes, so that its context is full after some ten turns."""

    context = 2048

    def __init__(self, known: Known, clock: ManualClock) -> None:
        """`clock`: what the writer's time ceiling is measured with."""
        self._known, self._clock = known, clock

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        return list(text.encode())

    def to_bytes(self, token: int) -> bytes:
        return bytes([token])

    def cached(self, tokens: Sequence[int]) -> int:
        return 0

    def check(self, grammar: str) -> None:
        pass

    def forget(self, prompt: Sequence[int], start: int, count: int) -> None:
        pass

    def prefill(self, tokens: Sequence[int], wanted: Callable[[], bool]) -> bool:
        if "llm fails to prepare" in {plan.kind for plan in self._known.values()}:
            raise EngineError("The LLM of the soak fails while it prepares.")
        return wanted()

    def generate(
        self,
        prompt: Sequence[int],
        wanted: Callable[[], bool],
        *,
        not_first: Sequence[int] = (),
        grammar: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
    ) -> Iterator[int]:
        asked = re.findall(rb"about (\w+)\.", bytes(prompt))
        plan = self._known.get(asked[-1].decode()) if asked else None
        if plan is None:
            raise EngineError("The LLM of the soak was asked about nothing that was said.")
        for token in self._answer(plan):
            if not wanted():
                return
            yield token

    def _answer(self, plan: Plan) -> Iterator[int]:
        told = f"Well, {plan.name} is what you asked about. That is all that I know about {plan.name}."
        if plan.kind == "llm fails at once":
            raise EngineError("The LLM of the soak fails.")
        if plan.kind in ("llm never ends", "llm loops"):
            number = 0
            while True:
                yield from f"{plan.name} and {name_or_number(plan, number)} more, ".encode()
                number += 1
        yield from _WRITTEN.get(plan.kind, told.encode())
        if plan.kind == "llm fails in the middle":
            raise EngineError("The LLM of the soak fails after two sentences.")
        if plan.kind == "llm is slow":
            self._clock.sleep_until(self._clock.now() + SLOW_S)
            yield from b" This comes too late."


_WRITTEN = {
    "llm says nothing": b"",
    "llm thinks for ever": b"<think>" + b"and so on " * 10,
    "llm writes invalid UTF-8": b"Well, \xff\xfe that is \xc3\x28 what I know.",
    "llm writes one giant word": b"a" * 400 + b".",
}


def name_or_number(plan: Plan, number: int) -> str:
    """What makes an endless answer a loop or none."""
    return plan.name if plan.kind == "llm loops" else str(number)


class SoakTts(ToneTts):
    def __init__(self, known: Known) -> None:
        self._known = known

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Fails at the plan's name, with which each sentence of its answer has to do."""
        kinds = {plan.kind for plan in self._known.values() if plan.name in text}
        if "tts fails at once" in kinds:
            raise EngineError("The TTS of the soak fails.")
        for number, chunk in enumerate(super().stream(text, speed)):
            if number and "tts fails in the middle" in kinds:
                raise EngineError("The TTS of the soak fails after a word.")
            yield chunk._replace(samples=np.zeros_like(chunk.samples)) if "tts is silent" in kinds else chunk
