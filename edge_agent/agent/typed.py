"""Typed: a conversation in text, turn by turn: what talk does, less the sound. For `chat`, scripts and benches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edge_agent.act.act import Act
from edge_agent.act.plan import Effect
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.ledger import Ledger, Said
from edge_agent.think.brief import Written
from edge_agent.think.writer import Writer
from edge_agent.types import Sentence


@dataclass(frozen=True, slots=True)
class TypedTurn:
    """What came of one typed line, or of nothing but time."""

    you: str | None
    said: str
    by: str
    """The name of what answered: "skill:timers", "tool:NAME", "llm"."""
    effects: tuple[Effect, ...] = ()
    ms: float = 0.0

    def to_json(self) -> dict[str, Any]:
        effects = [{"what": effect.what, **effect.details} for effect in self.effects]
        return {"you": self.you, "said": self.said, "by": self.by, "effects": effects, "ms": round(self.ms, 1)}


class Typed:
    def __init__(self, act: Act, writer: Callable[[], Writer], briefs: Briefs) -> None:
        """`writer` is asked for when the LLM is first needed: what code answers needs no model."""
        self._act, self._make_writer, self._briefs = act, writer, briefs
        self._writer: Writer | None = None
        self._ledger = Ledger()
        self._turn = 0

    def answer(self, words: str, on_text: Callable[[str], object] = lambda text: None) -> TypedTurn:
        """`on_text` is given the answer in pieces, as it is written. Raises EngineError."""
        self._turn += 1
        begun_s = time.monotonic()
        plan = self._act.plan(words)
        if plan:
            done = self._act.carry_out(plan)
            on_text(done.said)
            said, by, effects = done.said, done.by, done.effects
        else:
            self._act.passed()
            pieces = []
            for piece in self._written(words):
                pieces.append(piece)
                on_text(piece)
            said, by, effects = " ".join(pieces), "llm", ()
        self._ledger.add(Said(self._turn, "user", words))
        if said:
            self._ledger.add(Said(self._turn, "agent", said))
            self._act.heard(said)
        return TypedTurn(words, said, by, effects, (time.monotonic() - begun_s) * 1000)

    def rung(self) -> list[TypedTurn]:
        """What has come due: timers, alarms, reminders."""
        return [TypedTurn(None, done.said, done.by, done.effects) for done in self._act.rung()]

    def _written(self, words: str) -> Iterator[str]:
        self._writer = self._writer or self._make_writer()
        for part in self._writer.write(self._briefs.brief(self._turn, words, self._ledger.entries())):
            if isinstance(part, Sentence) and part.text:
                yield part.text
            elif isinstance(part, Written):
                return
