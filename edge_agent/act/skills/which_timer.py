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
        last = asked.those(timers)
        rest = [timer for timer in timers if timer not in last]
        return rest if len(last) == 1 == len(rest) else timers
    if (ranked := _by_rank(asked, name.removesuffix(" one"), timers)) is not None:
        return [ranked]
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


def _by_rank(asked: Asked, name: str, timers: Sequence[Timer]) -> Timer | None:
    """The first, the middle or the short one; None where there is none, or two are as short."""
    words, at = asked.words, asked.words["ordinals"].get(name)
    if at is not None:
        return timers[at] if at < len(timers) else None
    if name in words["middle"]:
        return timers[len(timers) // 2] if len(timers) % 2 else None
    if name not in (*words["shorter"], *words["longer"]) or len(timers) < 2:
        return None
    by_length = sorted(timers, key=lambda timer: timer.seconds, reverse=name in words["longer"])
    return by_length[0] if by_length[0].seconds != by_length[1].seconds else None


def _alike(name: str, timers: Sequence[Timer]) -> list[Timer]:
    from rapidfuzz.fuzz import ratio

    alike = [timer for timer in timers if timer.name and ratio(timer.name.casefold(), name) >= 75]
    return alike or [timer for timer in timers if set(name.split()) <= set(timer.name.casefold().split())]


def without_article(name: str) -> str:
    return re.sub(r"^(?:the|my|a|an|our)\s+", "", name, flags=re.IGNORECASE)


def called(asked: Asked, timer: Timer) -> str:
    """How a timer is told from others."""
    return f"{timer.name or asked.spoken.as_adjective(timer.seconds)} timer"
