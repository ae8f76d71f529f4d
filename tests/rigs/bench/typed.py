"""Typing: conversations in text for a bench: fresh records for each, the engines and sentences loaded once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from edge_agent import build
from edge_agent.act.act import Act
from edge_agent.act.calendar import Calendar
from edge_agent.act.records import FILE, Records
from edge_agent.act.sentences import Sentences
from edge_agent.act.times import Context
from edge_agent.agent.typed import Typed
from edge_agent.interfaces import Wanted
from edge_agent.settings import Settings
from edge_agent.think.brief import Brief, Part, Usage, Written
from edge_agent.think.writer import Writer


class Silent(Writer):
    """Stands in for the LLM and says nothing, to see what code answers."""

    def __init__(self) -> None:
        """There is nothing to load."""

    def write(self, brief: Brief, wanted: Wanted = lambda: True) -> Iterator[Part]:
        yield Written("stop", Usage())


def begin_with(settings: Settings, writer: Writer) -> Callable[[Path, Callable[[], datetime]], Typed]:
    """Makes a conversation from the folder of its records and its clock. The owner's own sentences are left out."""
    sentences, context = Sentences(settings.hear.language, None), Context(country=settings.act.country)

    def begin(folder: Path, now: Callable[[], datetime]) -> Typed:
        act = Act(
            Records(folder / FILE),
            Calendar(folder / "calendar"),
            now=now,
            sentences=sentences,
            context=context,
            chance=random.Random(1),
        )
        return Typed(act, lambda: writer, build.briefs(settings))

    return begin
