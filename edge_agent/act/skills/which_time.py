"""The question where people mean different things by what was said."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan

MOST = 3
"""Meanings that are told; nobody keeps more of them in mind."""


def which_time(asked: Asked) -> Plan | None:
    """A question; None where all meanings would be said alike."""
    meant = [asked.spoken.moment(each.start, asked.now) for each in asked.choices[:MOST]]
    said = list(dict.fromkeys(meant))
    if len(said) < 2:
        return None
    return asked.ask(asked.say("which_time", choices=asked.spoken.listed(said, "or")), "when")
