"""Reminders: a text at a time, once or again and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan, joined
from edge_agent.act.records.local import RRule
from edge_agent.act.skills.which_event import AHEAD, just_told, named_events
from edge_agent.act.skills.which_time import meant, moved_to, shifted, words_of_time
from edge_agent.act.times import find, resolve

if TYPE_CHECKING:
    from edge_agent.act.records import Reminder
    from edge_agent.act.times import When

MORNING = 9
"""The hour of a reminder for a day without a time, and for a morning."""
EVENING = 19
"""That of "the night before"."""


def remind(asked: Asked) -> Plan | None:
    """Reminds of a text at a time."""
    when, text, seconds = meant(asked), asked.slot("text"), asked.seconds
    text = re.sub(asked.words["before_text"], "", re.sub(r"^to ", "", text), flags=re.IGNORECASE)
    if later := _time_within(asked, text):
        return later
    if text.casefold() in asked.words["no_texts"]:
        return None
    if not text:
        return asked.ask(asked.say("what"), "text")
    if earlier := _time_before(asked, text):
        return earlier
    if when is None and seconds is None:
        return asked.ask(asked.say("when"), "when")
    if isinstance(when, Plan):
        return when
    at = when.start if when else asked.now + timedelta(seconds=seconds or 0)
    if when and (not when.has_time or (when.end and when.end - at > timedelta(hours=2) and at.hour < MORNING)):
        at = at.replace(hour=MORNING, minute=0)  # "tomorrow morning" begins at six
        at = _still_to_come(asked, when, at)
    rrule = when.rrule if when else None

    def effect() -> Effect:
        reminder = asked.records.add_reminder(text, at, asked.now, rrule)
        return Effect("reminder_set", {"id": reminder.id, "at": at.isoformat(), "text": text, "rrule": rrule})

    return Plan(asked.say("set", when=moment(asked, at, rrule), text=asked.say.to_you(text)), effect)


def remind_before(asked: Asked) -> Plan | None:
    """Reminds of an event of the calendar so long before it; asks for the time where there is none of that name."""
    thing = asked.slot("thing")
    if not thing or re.fullmatch(asked.words["any_event"], thing, re.IGNORECASE):
        told = just_told(asked)
        events = [told] if told else asked.calendar.events(asked.now, asked.now + AHEAD)[:1] if thing else []
    else:
        events = named_events(asked, thing)
    text = asked.slot("text") or (events[0].title if events else thing)
    if not events or not text:
        meant = replace(asked.understood, intent="Remind", slots={"text": text}, times={})
        said = asked.say("no_event", text=thing) if thing else asked.say("no_event_at_all")
        return replace(asked, understood=meant).ask(said, "when")
    start, days = events[0].start, int(asked.slot("days") or 0)
    before = timedelta(days=days, seconds=asked.seconds or 3600 * int(asked.slot("hours") or 0))
    at = start - before
    if days or events[0].all_day:
        at = (start - max(before, timedelta(days=1))).replace(hour=EVENING if asked.slot("late") else MORNING, minute=0)
    if at <= asked.now:
        return Plan(asked.say("too_late", text=events[0].title))

    def effect() -> Effect:
        reminder = asked.records.add_reminder(text, at, asked.now, None)
        return Effect("reminder_set", {"id": reminder.id, "at": at.isoformat(), "text": text, "rrule": None})

    return Plan(asked.say("set", when=moment(asked, at, None), text=asked.say.to_you(text)), effect)


def _still_to_come(asked: Asked, when: When, at: datetime) -> datetime:
    """The first time of a repeat that is not over; of a day alone that has begun, in an hour."""
    if at > asked.now:
        return at
    if not when.rrule:
        return (asked.now + timedelta(hours=1)).replace(second=0, microsecond=0)
    found = RRule(when.rrule, at.replace(tzinfo=None)).after(asked.now.replace(tzinfo=None))
    return found.replace(tzinfo=at.tzinfo) if found else at


def _time_within(asked: Asked, text: str) -> Plan | None:
    """A reminder at the time that ends the text, of the day that was said before: "tonight to call Ann at nine"."""
    when, found = asked.when, find(text, asked.now)[-1:]
    if when is None or not found or found[0].when is None or text[found[0].last :].strip(" .,"):
        return None
    both = resolve(f"{words_of_time(asked)} {text[found[0].first : found[0].last]}", asked.now)
    if both is None or (when.has_time and when.end is None) or not both.candidates[0].has_time:
        return None
    whole = replace(asked.understood.times["when"], when=both)
    return remind(asked.with_times(when=whole).with_slots(text=text[: found[0].first].strip(" ,")))


def _time_before(asked: Asked, text: str) -> Plan | None:
    """Two reminders, where the text ends with another time: "take my pills every morning and" every night."""
    last = text.rpartition(" ")[2]
    found = find(text, asked.now)[-1:] if last.casefold() in asked.words["joins_times"] else []
    if not found or not found[0].when or text[found[0].last :].strip() != last:
        return None
    text = text[: found[0].first].strip(" ,")
    times = (found[0], asked.understood.times["when"])
    made = [remind(asked.with_times(when=one).with_slots(text=text)) for one in times]
    each = [plan for plan in made if plan and not plan.question]
    return joined(each) if text and len(each) == len(made) else None


def moment(asked: Asked, at: datetime, rrule: str | None) -> str:
    """When it reminds first, or on which days."""
    return asked.spoken.repeated(at, rrule) or str(asked.spoken.moment(at, asked.now))


def list_reminders(asked: Asked) -> Plan:
    """Tells which reminders there are."""
    reminders = asked.records.reminders()
    if when := asked.when:
        reminders = [each for each in reminders if next_of(asked, each).date() == when.start.date()]
    if asked.slot("text"):
        reminders = [each for each in reminders if each in _meant(asked)]
    if not reminders:
        return Plan(asked.say("none"))
    if len(reminders) == 1:
        said = asked.say("one", when=_when(asked, reminders[0]), text=asked.say.to_you(reminders[0].text))
        return Plan(said, topic=str(reminders[0].id))
    each = "; ".join(asked.say("each", when=_when(asked, one), text=asked.say.to_you(one.text)) for one in reminders)
    return Plan(asked.say("several", count=len(reminders), each=each))


def cancel_reminder(asked: Asked) -> Plan:
    """Cancels a reminder."""
    reminders = _meant(asked)
    if not reminders:
        return Plan(asked.say("unknown" if asked.records.reminders() else "none"))
    if len(reminders) > 1:
        return asked.ask(asked.say("which", each=asked.spoken.listed([each.text for each in reminders])), "text")
    return _canceling(asked, reminders[0])


def _canceling(asked: Asked, reminder: Reminder) -> Plan:
    def effect() -> Effect:
        asked.records.remove_reminder(reminder.id)
        return Effect("reminder_canceled", {"id": reminder.id, "text": reminder.text})

    return Plan(asked.say("canceled", text=asked.say.to_you(reminder.text)), effect)


def undo_reminder(asked: Asked) -> Plan | None:
    """Cancels the reminder of which the talk is."""
    return None if asked.did_several else with_that(asked, lambda that: _canceling(asked, that))


def reminder_instead(asked: Asked) -> Plan | None:
    """Moves the reminder of which the talk is."""
    return with_that(asked, lambda that: _at_another_time(asked, that))


def _at_another_time(asked: Asked, that: Reminder) -> Plan | None:
    """A time of day alone changes no days: "nine, actually" of what is daily."""
    was, when = next_of(asked, that), asked.when
    at = moved_to(asked, was)
    is_day = when is not None and (not when.has_time or at is None or at.date() != was.date())
    return moving(asked, that, at, when.rrule if when and (is_day or when.rrule) else that.rrule)


def shift_reminder(asked: Asked) -> Plan | None:
    """Moves the reminder of which the talk is by a length of time."""
    return with_that(asked, lambda that: moving(asked, that, shifted(asked, next_of(asked, that)), that.rrule))


def moving(asked: Asked, reminder: Reminder, at: datetime | None, rrule: str | None) -> Plan | None:
    """The new one takes its place."""
    if at is None:
        return None
    was = next_of(asked, reminder)

    def effect() -> Effect:
        new = asked.records.add_reminder(reminder.text, at, asked.now, rrule)
        asked.records.remove_reminder(reminder.id)
        details = {"id": new.id, "at": at.isoformat(), "text": new.text, "was": was.isoformat()}
        return Effect("reminder_moved", details)

    return Plan(asked.say("set", when=moment(asked, at, rrule), text=asked.say.to_you(reminder.text)), effect)


def with_that(asked: Asked, plan: Callable[[Reminder], Plan | None]) -> Plan | None:
    """The plan for the reminder of which the talk is; the question which, where it may be one of several."""
    said = asked.slot("which")
    those = _meant(asked.with_slots(text=said)) if said else asked.those(asked.records.reminders())
    made = plan(those[0]) if those else None
    if made is None or len(those) == 1:
        return made
    each = asked.spoken.listed([asked.say.to_you(each.text) for each in those])
    return asked.ask(asked.say("which", each=each), "which")


def cancel_reminders(asked: Asked) -> Plan:
    """Cancels all reminders."""
    reminders = asked.records.reminders()
    if len(reminders) < 2:
        return _canceling(asked, reminders[0]) if reminders else Plan(asked.say("none"))

    def effect() -> Effect:
        for reminder in reminders:
            asked.records.remove_reminder(reminder.id)
        return Effect("reminders_canceled", {"count": len(reminders)})

    return Plan(asked.say("all_canceled", count=len(reminders)), effect)


def cancel_them(asked: Asked) -> Plan | None:
    """Cancels all, where the talk is of reminders."""
    return cancel_reminders(asked) if asked.before() else None


def its_time(asked: Asked) -> Plan | None:
    """Tells when it reminds, where the talk is of reminders."""
    if asked.slot("near") and (near := asked.near()):  # "what time did we say"
        asked.ages.append(asked.talk.turn - near.turn)
        return list_reminders(asked)
    return list_reminders(asked) if asked.unbroken() else None


def cancel_that_reminder(asked: Asked) -> Plan | None:
    """Cancels "the one about Martin", where the talk is of reminders."""
    return cancel_reminder(asked) if asked.near() and _meant(asked) else None


def remind_more(asked: Asked) -> Plan | None:
    """Sets another one behind a reminder: "and tomorrow at nine to hand in the expenses", "and again at nine"."""
    if asked.slot("text"):
        return remind(asked) if asked.near() else None
    last = asked.those(asked.records.reminders())
    is_monthly = asked.when is not None and asked.when.rrule is not None and "WEEKLY" not in asked.when.rrule
    return remind(asked.with_slots(text=last[0].text)) if len(last) == 1 and asked.when and not is_monthly else None


def _meant(asked: Asked) -> list[Reminder]:
    from rapidfuzz.fuzz import token_set_ratio

    reminders, text = asked.records.reminders(), asked.slot("text").casefold()
    if not text:
        return reminders
    return [each for each in reminders if token_set_ratio(each.text.casefold(), text) >= 80]


def _when(asked: Asked, reminder: Reminder) -> str:
    return moment(asked, next_of(asked, reminder), reminder.rrule)


def next_of(asked: Asked, reminder: Reminder) -> datetime:
    return reminder.next_due(asked.now).astimezone(asked.now.tzinfo)


INTENTS = {
    "Remind": remind,
    "RemindBefore": remind_before,
    "CancelLastReminder": undo_reminder,
    "ReminderInstead": reminder_instead,
    "ShiftReminder": shift_reminder,
    "ListReminders": list_reminders,
    "CancelReminder": cancel_reminder,
    "ItsReminder": its_time,
    "CancelThatReminder": cancel_that_reminder,
    "RemindMore": remind_more,
    "CancelThoseReminders": cancel_them,
    "CancelReminders": cancel_reminders,
}
