"""Typed: a conversation in text, turn by turn: what talk does, less the sound. For `chat`, scripts and benches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Effect, Plan
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.hands import Came, Collected, Hands, Wish
from edge_agent.agent.ledger import Ledger, Said
from edge_agent.think.brief import Brief
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
        effects = [effect.to_json() for effect in self.effects]
        return {"you": self.you, "said": self.said, "by": self.by, "effects": effects, "ms": round(self.ms, 1)}


class Typed:
    def __init__(self, act: Act, writer: Callable[[], Writer], briefs: Briefs) -> None:
        """`writer` is asked for when the LLM is first needed: what code answers needs no model."""
        self._act, self._make_writer, self._briefs = act, writer, briefs
        self._writer: Writer | None = None
        self._ledger, self._hands = Ledger(), Hands(act.toolbox, act.home)
        self._turn = 0

    def answer(self, words: str, on_text: Callable[[str], object] = lambda text: None) -> TypedTurn:
        """`on_text` is given the answer in pieces, as it is written. Raises EngineError."""
        self._turn += 1
        begun_s = time.monotonic()
        plan = self._act.plan(words)
        done = self._planned(plan) if plan else self._written(words, on_text)
        if plan:
            on_text(done.said)
        said, by, effects = done.said, done.by, done.effects
        self._ledger.add(Said(self._turn, "user", words))
        if said:
            self._ledger.add(Said(self._turn, "agent", said))
            self._act.heard(said)
        return TypedTurn(words, said, by, effects, (time.monotonic() - begun_s) * 1000)

    def rung(self) -> list[TypedTurn]:
        """What has come due: timers, alarms, reminders."""
        rung = self._act.rung()
        for done in rung:
            self._act.rings(done, read=True)
        return [TypedTurn(None, done.said, done.by, done.effects) for done in rung]

    def _planned(self, plan: Plan) -> Done:
        done = self._act.carry_out(plan)
        if plan.call is None:
            return done
        came = self._used(Wish(*plan.call), None).done
        return came if came.said else replace(came, said=plan.said)

    def _written(self, words: str, on_text: Callable[[str], object]) -> Done:
        """The answer of the LLM, with what a tool that it calls returns."""
        self._act.passed()
        brief = self._hands.offered(self._briefs.brief(self._turn, words, self._ledger.entries()), words)
        said, wish = self._said(brief, on_text)
        if wish is None:
            return Done(said, "llm")
        what = self._hands.to_confirm(wish)
        came = self._used(wish, brief) if what is None else Came(self._act.ask(what, (wish.name, wish.arguments)))
        if came.brief is None:
            on_text(came.done.said)
            return came.done
        return replace(came.done, said=self._said(came.brief, on_text)[0])

    def _used(self, wish: Wish, brief: Brief | None) -> Came:
        came = self._hands.use(wish, brief)
        self._act.did(came.done)
        return came

    def _said(self, brief: Brief, on_text: Callable[[str], object]) -> tuple[str, Wish | None]:
        """The words of an answer, and the call in it."""
        self._writer = self._writer or self._make_writer()
        said, collected = list[str](), Collected(brief)
        for part in self._writer.write(brief):
            if isinstance(part, Sentence) and part.text:
                said.append(part.text)
                on_text(part.text)
            else:
                collected.takes(part)
        return " ".join(said), collected.wish
