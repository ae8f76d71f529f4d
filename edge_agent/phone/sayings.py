"""Sayings: what is said in a call unasked, made into sound before anybody calls."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from edge_agent.errors import EngineError
from edge_agent.host.jobs import Progress, Report, Say
from edge_agent.host.work import Work
from edge_agent.think.brief import Written
from edge_agent.types import Failure, Voiced

RENDER_S = 60.0
"""The longest that one may take."""


@dataclass(frozen=True, slots=True)
class Sayings:
    greeting: tuple[Voiced, ...]
    still_there: tuple[Voiced, ...]
    goodbye: tuple[Voiced, ...]
    busy: tuple[Voiced, ...]
    """None, if a further caller just hears that it is busy."""
    no_answer: tuple[Voiced, ...] = ()
    """What a caller hears who could not be put through."""
    announced: tuple[Voiced, ...] = ()
    """What the person hears to whom somebody is put through."""


def rendered(host: Work, text: str) -> tuple[Voiced, ...]:
    """The blocks of a text, the last of which ends it. Raises EngineError where the voice fails."""
    if not text:
        return ()
    blocks, failed, done = list[Voiced](), list[str](), threading.Event()

    def post(report: Report) -> None:
        if isinstance(report, Progress):
            if isinstance(report.part, Voiced):
                blocks.append(report.part)
            elif isinstance(report.part, Failure):
                failed.append(report.part.error)
            if isinstance(report.part, Failure | Written):
                done.set()

    link = host.open(post)
    try:
        link.send(Say("saying", text))
        if not done.wait(RENDER_S) or failed:
            raise EngineError(f"The voice could not say: {text}")
    finally:
        link.close()
    return tuple(blocks)
