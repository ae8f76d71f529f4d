"""The timer that is meant: by its name, its length, or its place among others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked

if TYPE_CHECKING:
    from edge_agent.act.records import Timer


def named(asked: Asked) -> Sequence[Timer]:
    """The timers that may be meant, by their name or by their length."""
    timers = asked.records.timers()
    if id := asked.slot("id"):
        return [timer for timer in timers if str(timer.id) == id]
    name = without_article(asked.slot("name")).removesuffix(" timer").casefold()
    if not name and asked.seconds is not None and asked.understood.intent.startswith("Cancel"):
        return [timer for timer in timers if timer.seconds == asked.seconds]
    if not name:
        return timers
    if name in asked.words["others"]:
        return timers
    at = asked.words["ordinals"].get(name.removesuffix(" one"))
    if at is not None and at < len(timers):
        return [timers[at]]
    exact = [timer for timer in timers if timer.name.casefold() == name]
    return (
        exact
        or [timer for timer in timers if name == asked.spoken.as_adjective(timer.seconds).casefold()]
        or _alike(name, timers)
    )


def talked_of(asked: Asked) -> Asked | None:
    """The same, with the timer of which the talk is, if it is of timers; with none where it may be one of several."""
    timers = named(asked) if asked.slot("name") else asked.those(asked.records.timers())
    if not timers:
        return None
    return asked.with_slots(id=str(timers[0].id)) if len(timers) == 1 else asked


def _alike(name: str, timers: Sequence[Timer]) -> list[Timer]:
    from rapidfuzz.fuzz import ratio

    alike = [timer for timer in timers if timer.name and ratio(timer.name.casefold(), name) >= 75]
    return alike or [timer for timer in timers if set(name.split()) <= set(timer.name.casefold().split())]


def without_article(name: str) -> str:
    return re.sub(r"^(?:the|my|a|an|our)\s+", "", name, flags=re.IGNORECASE)


def called(asked: Asked, timer: Timer) -> str:
    """How a timer is told from others."""
    return f"{timer.name or asked.spoken.as_adjective(timer.seconds)} timer"
