"""The event that is meant: by its name, by its time, or as the one of which the talk is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.skills.which_time import words_of_time
from edge_agent.act.skills.which_timer import without_article
from edge_agent.act.times import resolve

if TYPE_CHECKING:
    from edge_agent.act.calendar import CalendarEvent

DAY = "day:"
"""Begins the topic where a day was told of on which there is nothing."""
AHEAD = timedelta(days=60)
"""How far the next event is looked for."""


def just_told(asked: Asked) -> CalendarEvent | None:
    """The event that was just added, moved or told of by its name."""
    if (told := asked.before("agenda")) is None:
        return None
    uid = (told.topic if not told.topic.startswith(DAY) else "") or (
        told.done.details.get("uid") if told.done else None
    )
    return next((each for each in asked.calendar.events(asked.now, asked.now + AHEAD) if each.uid == uid), None)


def on_its_day(asked: Asked) -> Asked:
    """A time of day alone is of the day that was just asked of: "am I free on Friday", "put the dentist in at one"."""
    told, found, said = asked.unbroken(), asked.understood.times.get("when"), words_of_time(asked)
    if told is None or found is None or not told.topic.startswith(DAY):
        return asked
    day = datetime.fromisoformat(told.topic.removeprefix(DAY)).replace(tzinfo=asked.now.tzinfo)
    that = resolve(said, day)
    is_alone = that and all(each.has_time and each.start.date() == day.date() for each in that.candidates[:1])
    if that is None or not is_alone or set(said.casefold().split()) & set(asked.words["today"]):
        return asked
    return asked.with_times(when=replace(found, when=that))


def range_of(asked: Asked) -> tuple[datetime, datetime]:
    """What was asked about; today if nothing was said."""
    when = asked.when
    if when is None:
        first = asked.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return first, first + timedelta(days=1)
    if when.end:
        return when.start, when.end
    return when.start, when.start + (timedelta(hours=1) if when.has_time else timedelta(days=1))


def named_events(
    asked: Asked, name: str, within: tuple[datetime, datetime] | None = None, uid: str = ""
) -> list[CalendarEvent]:
    """The events of that name, or of that `uid`, of those ahead if no other range is given."""
    from rapidfuzz.fuzz import token_set_ratio

    first, last = within or (asked.now, asked.now + AHEAD)
    said = _plain(without_article(name.casefold()))
    events = asked.calendar.events(first, last)
    if uid:
        return [event for event in events if event.uid == uid]
    return [event for event in events if token_set_ratio(_plain(event.title.casefold()), said) >= 80]


def _plain(name: str) -> str:
    """The name alone: the football for Sam is "Sam's"."""
    return re.sub(r"(?<=\w)'s\b", "", name)
