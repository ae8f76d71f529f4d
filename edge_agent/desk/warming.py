"""Warming: what the first turn of a process would else wait a second for."""

from __future__ import annotations

from edge_agent.desk.desk import Desk

SAID = "a visit on Thursday at 11, not Friday; my name is Ann, A N N, and the number is 020 7946 0018. Where are you?"
"""Words that every reader looks at."""


def warm_up(desk: Desk) -> None:
    """Loads holidays, calendars and patterns. Nothing of it is kept: what is planned has no effect."""
    desk.plan(SAID)
    premises = desk.premises()
    for service in premises.agent.services[:1]:
        next(premises.openings.from_day(premises.now.date(), service), None)
