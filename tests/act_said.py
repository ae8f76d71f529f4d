"""What code answers to sentences, in a conversation of its own, and a writer that calls tools."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge_agent.act.act import Act, Done
from edge_agent.act.calendar import Calendar
from edge_agent.act.records import Records
from edge_agent.act.sentences import Sentences
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Part, Usage, Written
from edge_agent.types import Sentence

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Tuesday."""


@lru_cache(1)
def english() -> Sentences:
    return Sentences("en")


class Said:
    """Say something, and get what was done."""

    def __init__(self, folder: Path, sentences: Sentences | None = None, records: Records | None = None) -> None:
        self.now = NOON
        self.records = records or Records(None)
        self.act = Act(
            self.records,
            Calendar(folder),
            now=lambda: self.now,
            sentences=sentences or english(),
            chance=random.Random(1),
        )

    def __call__(self, *words: str) -> Done:
        """The last of what came of them. An answer of the LLM is "by" llm, and empty."""
        done = Done("", "")
        for each in words:
            plan = self.act.plan(each)
            if plan is None:
                self.act.passed()
                done = Done("", "llm")
                continue
            done = self.act.carry_out(plan)
            if done.said:
                self.act.heard(done.said)
        return done

    def pass_time(self, **time: float) -> list[str]:
        """Let time pass; what rings then."""
        self.now += timedelta(**time)
        rung = self.act.rung()
        for done in rung:
            self.act.rings(done)
        return [done.said for done in rung]


class CallingWriter:
    """Calls the first tool that it is offered, and words what it returned. Otherwise it says that it knows nothing."""

    def __init__(self) -> None:
        self.briefs: list[Brief] = []

    def warm_up(self, instructions: str) -> None: ...
    def prepare(self, brief: Brief, wanted: Any) -> None: ...

    def write(self, brief: Brief, wanted: Any = None) -> Iterator[Part]:
        self.briefs.append(brief)
        last = brief.messages[-1]
        if last.role == "result":
            yield Sentence(0, f"It says {last.text}.", True)
        elif brief.tools:
            yield CallBegun(brief.tools[0].name)
            yield CallArguments('{"room": "kitchen"}')
            yield CallDone('{"room": "kitchen"}')
        else:
            yield Sentence(0, "I know nothing of it.", True)
        yield Written("stop", Usage())
