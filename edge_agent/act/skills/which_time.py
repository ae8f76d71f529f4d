"""The question where people mean different things by what was said."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.times import When

MOST = 3
"""Meanings that are told; nobody keeps more of them in mind."""

DAYTIME = range(8, 19)
"""Hours of appointments and errands, where nobody says which half of another day is meant."""


def meant(asked: Asked) -> When | Plan | None:
    """The time that was said, the one in the daytime if people may mean several; or the question which; None: none."""
    return _by_day(asked) or (which_time(asked) if asked.choices else None) or asked.when


def _by_day(asked: Asked) -> When | None:
    """The one meaning in the daytime, where all are of another day than today."""
    if any(each.start.date() == asked.now.date() for each in asked.choices):
        return None
    found = [each for each in asked.choices if each.start.hour in DAYTIME]
    return found[0] if len(found) == 1 else None


def which_time(asked: Asked) -> Plan | None:
    """A question; None where all meanings would be said alike."""
    meant = [asked.spoken.moment(each.start, asked.now) for each in asked.choices[:MOST]]
    said = list(dict.fromkeys(meant))
    if len(said) < 2:
        return None
    return asked.ask(asked.say("which_time", choices=asked.spoken.listed(said, "or")), "when")
