"""The thing of which the talk is, whichever skill has it: an alarm, a reminder, an event."""

from __future__ import annotations

from datetime import datetime

from edge_agent.act.asked import Asked
from edge_agent.act.skills.which_event import AHEAD, DAY


def time_told(asked: Asked) -> datetime | None:
    """When it is, if it is the last that was spoken of, and ahead; None: nothing of the kind is."""
    skill = asked.talk.last_skill()
    told = asked.talk.of(skill, asked.now) if skill in ("alarms", "reminders", "agenda") else None
    if told is None:
        return None
    details = told.done.details if told.done else {}
    topic = told.topic if not told.topic.startswith(DAY) else ""
    if skill == "alarms":
        times = {str(each.id): each.next_due(asked.now) for each in asked.records.alarms()}
    elif skill == "reminders":
        times = {str(each.id): each.next_due(asked.now) for each in asked.records.reminders()}
    else:
        times = {each.uid: each.start for each in asked.calendar.events(asked.now, asked.now + AHEAD)}
    key = topic or str(details.get("uid") or details.get("id") or "")
    at = times.get(key) if key else next(iter(times.values())) if len(times) == 1 else None
    return at.astimezone(asked.now.tzinfo) if at else None
