"""Alarms: once, or on days of the week, and the snooze of whatever rings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.which_time import moved_to, which_time, words_of_time
from edge_agent.act.times import When, find

if TYPE_CHECKING:
    from edge_agent.act.records import Alarm

MORNING = range(4, 12)
"""Hours in which people are woken, where they do not say which half of the day they mean: of "wake me at six", and of
an alarm for another day."""
NAP = timedelta(hours=2)
"""Whoever is to be woken sooner than that means now, not the next morning."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def set_alarm(asked: Asked) -> Plan | None:
    """Sets an alarm for a time, once or on days of the week."""
    when, name = asked.when, re.sub(r"^(?:an?|the|my)\s+", "", asked.slot("name"))
    more, before = asked.slot("more"), _last(asked) if asked.slot("more") else None
    if more and before is None:
        return None
    if more == "later" and not words_of_time(asked).endswith(tuple(asked.words["later"])):
        return None
    if when and before and more == "later":  # "another one fifteen minutes later"
        when = When(next_of(asked, before) + (when.start - asked.now))
    if when is None or not when.has_time:
        return asked.ask(asked.say("when"), "when")
    later = all(each.start.date() > asked.now.date() for each in asked.choices)
    if before and len(asked.meanings) > 1 and more != "later":
        # in the same half of the day as the one before
        when = min(asked.meanings, key=lambda each: abs(each.start - next_of(asked, before)))
    elif asked.slot("half") == "morning" or (asked.choices and (later or days_of(when))):
        when = min((when, *asked.meanings), key=lambda each: (not _wakes(asked, each), each.start))
    elif asked.choices and (question := which_time(asked)):
        return question
    days = days_of(when)

    def effect() -> Effect:
        alarm = asked.records.add_alarm(when.start, asked.now, days, name)
        return Effect("alarm_set", {"id": alarm.id, "at": when.start.isoformat(), "days": sorted(days), "name": name})

    if days:
        clock = asked.spoken.clock(when.start)
        return Plan(asked.say("repeating", clock=clock, days=asked.spoken.on_days(sorted(days))), effect)
    moment = asked.spoken.moment(when.start, asked.now)
    return Plan(asked.say("named_set" if name else "set", name=name, when=moment), effect)


def _wakes(asked: Asked, when: When) -> bool:
    return when.start.hour in MORNING or when.start - asked.now < NAP


def list_alarms(asked: Asked) -> Plan:
    """Tells which alarms are set."""
    alarms = alarms_meant(asked)
    if not alarms:
        return Plan(asked.say("none_then" if asked.records.alarms() else "none"))
    each = [told(asked, alarm) for alarm in alarms]
    if len(each) == 1:
        return Plan(asked.say("one", when=each[0]), topic=str(alarms[0].id))
    return Plan(asked.say("several", count=len(each), each=asked.spoken.listed(each)))


def cancel_alarm(asked: Asked) -> Plan:
    """Cancels an alarm."""
    alarms = alarms_meant(asked)
    if not alarms:
        return Plan(asked.say("unknown" if asked.records.alarms() else "none"))
    if len(alarms) > 1:
        return asked.ask(asked.say("which", each=asked.spoken.listed([told(asked, each) for each in alarms])), "when")
    return canceling(asked, alarms[0])


def canceling(asked: Asked, alarm: Alarm) -> Plan:
    at = next_of(asked, alarm)

    def effect() -> Effect:
        asked.records.remove_alarm(alarm.id)
        return Effect("alarm_canceled", {"id": alarm.id, "at": at.isoformat()})

    return Plan(asked.say("canceled", when=told(asked, alarm)), effect)


def skip_alarm(asked: Asked) -> Plan:
    """Leaves out the next time of an alarm; one that rings once is canceled."""
    alarms = asked.records.alarms()
    if len(alarms) != 1:
        return cancel_alarm(asked)
    alarm = alarms[0]
    if not alarm.days:
        return canceling(asked, alarm)
    at = next_of(asked, alarm) + timedelta(days=1)
    at += timedelta(days=next(more for more in range(7) if (at.weekday() + more) % 7 in alarm.days))

    def effect() -> Effect:
        asked.records.change_alarm(alarm.id, at, asked.now)
        return Effect("alarm_skipped", {"id": alarm.id, "next": at.isoformat()})

    return Plan(asked.say("skipped", when=asked.spoken.moment(at, asked.now)), effect)


def ahead(asked: Asked, at: datetime) -> datetime:
    """That time, a day later if it is over."""
    return at if at > asked.now else at + timedelta(days=1)


def _last(asked: Asked) -> Alarm | None:
    """The alarm that was spoken of last, or the only one."""
    those = asked.those(asked.records.alarms())
    return those[0] if len(those) == 1 else None


def cancel_alarms(asked: Asked) -> Plan:
    """Cancels all alarms."""
    alarms = asked.records.alarms()
    if len(alarms) < 2:
        return canceling(asked, alarms[0]) if alarms else Plan(asked.say("none"))

    def effect() -> Effect:
        for alarm in alarms:
            asked.records.remove_alarm(alarm.id)
        return Effect("alarms_canceled", {"count": len(alarms)})

    return Plan(asked.say("all_canceled", count=len(alarms)), effect)


def move_alarm(asked: Asked) -> Plan | None:
    """Moves an alarm to another time."""
    when = asked.when
    alarms = [each for each in asked.records.alarms() if not asked.slot("name") or is_called(each, asked.slot("name"))]
    if said := asked.slot("from"):
        clocks = clocks_said(asked, said)
        alarms = [each for each in alarms if (each.hour % 12, each.minute) in clocks]
    if (when is None or not when.has_time) and not asked.number():
        return None
    if not alarms:
        return Plan(asked.say("none"))
    if len(alarms) > 1:
        each = asked.spoken.listed([told(asked, alarm) for alarm in alarms])
        return Plan(asked.say("which", each=each))
    at = moved_to(asked, next_of(asked, alarms[0]))
    return moving(asked, alarms[0], ahead(asked, at)) if at else None


def moving(asked: Asked, alarm: Alarm, at: datetime) -> Plan:
    was = next_of(asked, alarm)

    def effect() -> Effect:
        asked.records.change_alarm(alarm.id, at, asked.now)
        return Effect("alarm_moved", {"id": alarm.id, "at": at.isoformat(), "was": was.isoformat()})

    return Plan(asked.say("moved", when=asked.spoken.moment(at, asked.now)), effect)


def days_of(when: When) -> frozenset[int]:
    """The days of the week of a repeat."""
    if not when.rrule:
        return frozenset()
    parts = dict(part.split("=", 1) for part in when.rrule.split(";"))
    if parts.get("FREQ") == "DAILY":
        return frozenset(range(7))
    named = [day for day in parts.get("BYDAY", "").split(",") if day in _DAYS]
    return frozenset(_DAYS.index(day) for day in named) or frozenset({when.start.weekday()})


def _span_of(when: When) -> Iterator[int]:
    """The days of the week of a range of days: of "the weekend"."""
    for more in range(((when.end or when.start) - when.start).days):
        yield (when.start.weekday() + more) % 7


def told(asked: Asked, alarm: Alarm) -> str:
    due = next_of(asked, alarm)
    if alarm.days:
        return f"{asked.spoken.clock(due)} {asked.spoken.on_days(sorted(alarm.days))}"
    return str(asked.spoken.moment(due, asked.now))


def clocks_said(asked: Asked, said: str) -> set[tuple[int, int]]:
    """The hours, of twelve, and minutes that are said without a word of time: "the five thirty"."""
    times = (each.start for found in find(f"at {said}", asked.now) if found.when for each in found.when.candidates)
    return {(at.hour % 12, at.minute) for at in times}


def alarms_meant(asked: Asked) -> list[Alarm]:
    alarms = asked.records.alarms()
    if name := asked.slot("name"):
        return [alarm for alarm in alarms if is_called(alarm, name)]
    when = asked.when
    if said := asked.slot("from"):
        if said in asked.words["others"]:
            return alarms
        if (at := asked.words["ordinals"].get(said.removesuffix(" one"))) is not None:
            return [alarms[at]] if at < len(alarms) else []
        clocks = clocks_said(asked, said)
        return [each for each in alarms if (each.hour % 12, each.minute) in clocks]
    if when is None:
        return alarms
    if not when.has_time:
        days = days_of(when) or frozenset(_span_of(when))
        return [each for each in alarms if each.days and each.days == days] or [
            each
            for each in alarms
            if next_of(asked, each).date() == when.start.date() or when.start.weekday() in each.days
        ]
    clocks = {(each.start.hour % 12, each.start.minute) for each in (when, *asked.choices)}
    return [alarm for alarm in alarms if (alarm.hour % 12, alarm.minute) in clocks]


def next_of(asked: Asked, alarm: Alarm) -> datetime:
    return alarm.next_due(asked.now).astimezone(asked.now.tzinfo)


def is_called(alarm: Alarm, name: str) -> bool:
    return alarm.name.casefold() == name.casefold()


INTENTS = {
    "SetAlarm": set_alarm,
    "ListAlarms": list_alarms,
    "CancelAlarm": cancel_alarm,
    "SkipAlarm": skip_alarm,
    "CancelAlarms": cancel_alarms,
    "MoveAlarm": move_alarm,
}
