"""The event that is meant: by its name, by its time, or as the one of which the talk is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.skills.which_timer import without_article

if TYPE_CHECKING:
    from edge_agent.act.calendar import CalendarEvent

AHEAD = timedelta(days=60)
"""How far the next event is looked for."""


def just_told(asked: Asked) -> CalendarEvent | None:
    """The event that was just added, moved or told of by its name."""
    if (told := asked.before("agenda")) is None:
        return None
    uid = told.topic or (told.done.details.get("uid") if told.done else None)
    return next((each for each in asked.calendar.events(asked.now, asked.now + AHEAD) if each.uid == uid), None)


def range_of(asked: Asked) -> tuple[datetime, datetime]:
    """What was asked about; today if nothing was said."""
    when = asked.when
    if when is None:
        first = asked.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return first, first + timedelta(days=1)
    if when.end:
        return when.start, when.end
    return when.start, when.start + (timedelta(hours=1) if when.has_time else timedelta(days=1))


def named_events(asked: Asked, name: str, within: tuple[datetime, datetime] | None = None) -> list[CalendarEvent]:
    """The events of that name, of those ahead if no other range is given."""
    from rapidfuzz.fuzz import token_set_ratio

    first, last = within or (asked.now, asked.now + AHEAD)
    said = without_article(name.casefold())
    events = asked.calendar.events(first, last)
    return [event for event in events if token_set_ratio(event.title.casefold(), said) >= 80]
