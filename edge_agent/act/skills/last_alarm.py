"""The alarm of which the talk is: told of, moved, canceled, put on other days."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan, joined
from edge_agent.act.skills.alarms import (
    ahead,
    alarms_meant,
    cancel_alarm,
    cancel_alarms,
    canceling,
    clocks_said,
    days_of,
    is_called,
    list_alarms,
    moving,
    next_of,
    told,
)
from edge_agent.act.skills.which_time import moved_to, shifted, words_of_time
from edge_agent.act.times import resolve

if TYPE_CHECKING:
    from edge_agent.act.records import Alarm

PART_OF_DAY = timedelta(hours=3)
"""The shortest: a morning, an afternoon."""


def its_time(asked: Asked) -> Plan | None:
    """Tells when it rings, where the talk is of alarms."""
    if asked.slot("near") and (near := asked.near()):  # "what time did we say"
        asked.ages.append(asked.talk.turn - near.turn)
        return list_alarms(asked)
    return list_alarms(asked) if asked.unbroken() else None


def alarms_again(asked: Asked) -> Plan | None:
    """Sets the alarms of the day of which the talk is for another day, too: "same again on thursday"."""
    when, last = asked.when, asked.just("alarm_set") if asked.is_fresh else None
    alarms = asked.records.alarms()
    one = next((each for each in alarms if last and each.id == last["id"]), None)
    if when is None or when.has_time or when.rrule or when.grain != "day" or one is None:
        return None
    day = next_of(asked, one).date()
    those = [] if one.days else [each for each in alarms if not each.days and next_of(asked, each).date() == day]
    return joined([_again(asked, each, when.start) for each in those])


def _again(asked: Asked, alarm: Alarm, day: datetime) -> Plan:
    at, name = day.replace(hour=alarm.hour, minute=alarm.minute), alarm.name

    def effect() -> Effect:
        new = asked.records.add_alarm(at, asked.now, frozenset(), name)
        return Effect("alarm_set", {"id": new.id, "at": at.isoformat(), "days": [], "name": name})

    moment = asked.spoken.moment(at, asked.now)
    return Plan(asked.say("named_set" if name else "set", name=name, when=moment), effect, by="skill:alarms")


def cancel_theirs(asked: Asked) -> Plan | None:
    """Cancels the alarm of whom was spoken of: "the kids are off thursday so drop theirs"."""
    said, day = set(asked.slot("thing").casefold().split()), asked.when
    if asked.near() is None:
        return None
    those = [
        each
        for each in asked.records.alarms()
        if each.name
        and (not said or set(each.name.casefold().split()) <= said)
        and (day is None or next_of(asked, each).date() == day.start.date())
    ]
    return canceling(asked, those[0]) if len(those) == 1 else None


def cancel_that_alarm(asked: Asked) -> Plan | None:
    """Cancels "the seven o'clock one", where the talk is of alarms."""
    return cancel_alarm(asked) if asked.near() and alarms_meant(asked) else None


def cancel_them(asked: Asked) -> Plan | None:
    """Cancels all, where the talk is of alarms."""
    return cancel_alarms(asked) if asked.before() else None


def shift_alarm(asked: Asked) -> Plan | None:
    """Moves the alarm that was just set, or the only one, by a length of time."""
    return _with_that(asked, lambda alarm: _to(asked, alarm, shifted(asked, next_of(asked, alarm))))


def undo_alarm(asked: Asked) -> Plan | None:
    """Cancels the alarm of which the talk is."""
    return None if asked.did_several else _with_that(asked, lambda alarm: canceling(asked, alarm))


def alarm_instead(asked: Asked) -> Plan | None:
    """Moves the alarm of which the talk is; "quarter past" is of its hour."""
    return _with_that(asked, lambda alarm: _instead(asked, alarm))


def _instead(asked: Asked, alarm: Alarm) -> Plan | None:
    when, part, half = asked.when, asked.slot("part"), asked.slot("half")
    if when and when.end and when.has_time and when.end - when.start >= PART_OF_DAY:  # "in the morning, I mean"
        half = "morning" if when.start.hour < 12 else "evening"
    due = next_of(asked, alarm)
    if half:
        return moving(asked, alarm, ahead(asked, due.replace(hour=due.hour % 12 + (0 if half == "morning" else 12))))
    if part:
        hour = due.replace(minute=0) + timedelta(hours=1 if int(part) < 0 and due.minute else 0)
        return moving(asked, alarm, hour + timedelta(minutes=int(part)))
    if asked.slot("number"):  # "make that seven"
        at = moved_to(asked, due)
        return _to(asked, alarm, ahead(asked, at) if at else None)
    if when is None:
        return None
    if words_of_time(asked).split()[0] in asked.words["excepting"]:
        return None
    if not when.has_time and days_of(when):  # "make it every weekday"
        return _on_days(asked, alarm, when.start.replace(hour=due.hour, minute=due.minute), days_of(when))
    if not when.has_time:  # "Friday, I mean"
        return moving(asked, alarm, when.start.replace(hour=due.hour, minute=due.minute))
    meant = min(asked.meanings, key=lambda each: abs(each.start.hour - due.hour)).start
    that_day = meant.replace(year=due.year, month=due.month, day=due.day)
    return moving(asked, alarm, that_day if that_day > asked.now else meant)


def alarm_without(asked: Asked) -> Plan | None:
    """Leaves days out of an alarm that repeats: "except fridays"."""
    resolved = None if asked.when else resolve(asked.slot("name").removesuffix("s"), asked.now)
    when = asked.when or (resolved.candidates[0] if resolved else None)
    if when is None or when.has_time:
        return None
    out = days_of(when) or {when.start.weekday()}
    those = [each for each in asked.records.alarms() if each.days & out] if asked.before() else []
    return _without(asked, those[0], out) if len(those) == 1 else None


def _without(asked: Asked, alarm: Alarm, out: AbstractSet[int]) -> Plan | None:
    at, days = next_of(asked, alarm), alarm.days - out
    while days and at.weekday() not in days:
        at += timedelta(days=1)
    return _on_days(asked, alarm, at, days) if days else None


def _on_days(asked: Asked, alarm: Alarm, at: datetime, days: frozenset[int]) -> Plan:
    """The alarm again, on days of the week, in place of the one that was set."""

    def effect() -> Effect:
        asked.records.remove_alarm(alarm.id)
        new = asked.records.add_alarm(at, asked.now, days, alarm.name)
        details = {"id": new.id, "at": at.isoformat(), "days": sorted(days), "name": alarm.name}
        return Effect("alarm_set", details)

    said = asked.say("repeating", clock=asked.spoken.clock(at), days=asked.spoken.on_days(sorted(days)))
    return Plan(said, effect)


def _with_that(asked: Asked, plan: Callable[[Alarm], Plan | None]) -> Plan | None:
    """The plan for the alarm of which the talk is; the question which, where it may be one of several."""
    those = asked.records.alarms() if asked.slot("which") else asked.those(asked.records.alarms())
    if said := asked.slot("which"):
        clocks = clocks_said(asked, said)
        those = [each for each in those if is_called(each, said) or (each.hour % 12, each.minute) in clocks]
    made = plan(those[0]) if those else None
    if made is None or len(those) == 1:
        return made
    return asked.ask(asked.say("which", each=asked.spoken.listed([told(asked, each) for each in those])), "which")


def _to(asked: Asked, alarm: Alarm, at: datetime | None) -> Plan | None:
    return moving(asked, alarm, at) if at else None


INTENTS = {
    "CancelLastAlarm": undo_alarm,
    "AlarmInstead": alarm_instead,
    "ItsAlarm": its_time,
    "AlarmsAgain": alarms_again,
    "CancelTheirs": cancel_theirs,
    "AlarmWithout": alarm_without,
    "CancelThatAlarm": cancel_that_alarm,
    "ShiftAlarm": shift_alarm,
    "CancelThoseAlarms": cancel_them,
}
