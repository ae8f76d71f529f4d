"""The timer that was just set: taken back, given another length, and one more behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.timers import canceling, set_timer

if TYPE_CHECKING:
    from edge_agent.act.records import Timer


def undo_timer(asked: Asked) -> Plan | None:
    """Cancels the timer that was just set."""
    timer = _just_set(asked)
    return canceling(asked, timer) if timer else None


def timer_instead(asked: Asked) -> Plan | None:
    """Gives the timer that was just set another length; a bare number has the unit of the last one."""
    timer, seconds = _just_set(asked), asked.seconds
    if timer and seconds is None and (number := asked.number()):
        seconds = number * _unit_s(timer)
    if timer is None or not seconds:
        return None
    set_to = seconds

    def effect() -> Effect:
        asked.records.change_timer(timer.id, set_to - timer.left_s(asked.now), asked.now)
        return Effect("timer_set", {"id": timer.id, "seconds": set_to, "name": timer.name})

    answer = "named_set" if timer.name else "timer_set"
    return Plan(asked.say(answer, name=timer.name, length=asked.spoken.length(seconds)), effect)


def _just_set(asked: Asked) -> Timer | None:
    done = asked.just("timer_set") or {}
    return next((timer for timer in asked.records.timers() if timer.id == done.get("id")), None)


def timer_more(asked: Asked) -> Plan | None:
    """Sets another one of the unit of the last: "and fifteen for the dal"."""
    timer, number = _just_set(asked), asked.number()
    if timer is None or not number:
        return None
    return set_timer(asked.lasting(number * _unit_s(timer)))


def _unit_s(timer: Timer) -> int:
    """The unit that its length was said in: hours, minutes or seconds."""
    return next(unit for unit in (3600, 60, 1) if timer.seconds % unit == 0)


INTENTS = {
    "CancelLastTimer": undo_timer,
    "TimerInstead": timer_instead,
    "TimerMore": timer_more,
}
