"""Reminders that lean on what was spoken of: one that is named moved, another at the same time, one before a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.last_event import at_the_same_time
from edge_agent.act.skills.reminders import MORNING, moment, moving, next_of, remind, with_that
from edge_agent.act.skills.which_event import just_told
from edge_agent.act.skills.which_time import moved_to
from edge_agent.act.times import find


def named_instead(asked: Asked) -> Plan | None:
    """Moves the reminder that is named: "make the fish half past"."""
    if asked.near() is None:
        return None

    if not asked.slot("part"):
        return with_that(asked, lambda that: moving(asked, that, moved_to(asked, next_of(asked, that)), that.rrule))
    past = timedelta(minutes=int(asked.slot("part")))
    return with_that(asked, lambda that: moving(asked, that, next_of(asked, that).replace(minute=0) + past, that.rrule))


def same_time(asked: Asked) -> Plan | None:
    """Sets another reminder at the time of day of the last: "and Mum's birthday on the 30th same time"."""
    last = asked.those(asked.records.reminders()) if asked.is_fresh else ()
    if len(last) != 1 or asked.when is None or not asked.slot("text"):
        return None
    return remind(at_the_same_time(asked, next_of(asked, last[0])))


def before_that_day(asked: Asked) -> Plan | None:
    """Reminds so long before the day of which the talk is: an event, or a day that is remembered."""
    text, day = asked.slot("text"), _day_told(asked)
    if day is None or asked.seconds is None or not text:
        return None
    at = day - timedelta(seconds=asked.seconds)
    if day.hour == 0 == day.minute:
        at = at.replace(hour=MORNING, minute=0)
    if at <= asked.now:
        return Plan(asked.say("too_late", text=text))

    def effect() -> Effect:
        reminder = asked.records.add_reminder(text, at, asked.now, None)
        return Effect("reminder_set", {"id": reminder.id, "at": at.isoformat(), "text": text, "rrule": None})

    return Plan(asked.say("set", when=moment(asked, at, None), text=asked.say.to_you(text)), effect)


def _day_told(asked: Asked) -> datetime | None:
    if event := just_told(asked):
        return event.start
    told = asked.near("memory")
    days = [found.when.candidates[0].start for found in find(told.topic, asked.now) if found.when] if told else []
    return days[0] if len(days) == 1 else None


INTENTS = {
    "NamedReminderInstead": named_instead,
    "RemindAtSameTime": same_time,
    "RemindBeforeThat": before_that_day,
}
