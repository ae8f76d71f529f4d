"""The event behind one that was just put into the calendar."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.skills.agenda import add_event

LONGEST = 5
"""Words of what is named without a word of a calendar."""


def add_another(asked: Asked) -> Plan | None:
    """Adds one more, right behind another: "oh and book club thursday at seven"."""
    words = asked.slot("text").casefold().replace("'", " ").split()
    is_event = len(words) <= LONGEST and not set(words) & set(asked.words["no_events"])
    return add_event(asked) if is_event and asked.is_fresh and asked.just("event_added") else None


INTENTS = {"AnotherEvent": add_another}
