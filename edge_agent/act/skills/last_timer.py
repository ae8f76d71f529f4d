"""The timer of which the talk is: taken back, given another length, and one more behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.timers import canceling, one_meant, set_timer
from edge_agent.act.skills.which_timer import talked_of

if TYPE_CHECKING:
    from edge_agent.act.records import Timer

AT_ONCE_S = 30
"""A timer that has run for longer is told with what is left of it."""


def undo_timer(asked: Asked) -> Plan | None:
    """Cancels the timer of which the talk is."""
    that = None if asked.did_several else talked_of(asked)
    return one_meant(that, lambda timer: canceling(asked, timer)) if that else None


def timer_instead(asked: Asked) -> Plan | None:
    """Gives that timer another length; a bare number has the unit of the last one."""
    if not asked.seconds and not asked.number():
        return None
    that = talked_of(asked)
    return one_meant(that, lambda timer: _lasting(asked, timer)) if that else None


def _lasting(asked: Asked, timer: Timer) -> Plan:
    """So long from when it was set; from now on where that is over."""
    seconds, left = asked.seconds or (asked.number() or 0) * _unit_s(timer), timer.left_s(asked.now)
    more = seconds - (timer.seconds if seconds > timer.seconds - left else left)

    def effect() -> Effect:
        asked.records.change_timer(timer.id, more, asked.now)
        return Effect("timer_changed", {"id": timer.id, "seconds": seconds, "name": timer.name})

    answer = "named_set" if timer.name else "timer_set"
    said = asked.say(answer, name=timer.name, length=asked.spoken.length(seconds))
    if left + more < seconds - AT_ONCE_S:
        said += " " + asked.say("left", length=asked.spoken.length(left + more))
    return Plan(said, effect)


def timer_more(asked: Asked) -> Plan | None:
    """Sets another one of the unit of the last: "and fifteen for the dal"."""
    last, number = asked.those(asked.records.timers())[-1:], asked.number()
    if asked.seconds is not None:  # "and the yorkshires twenty five minutes"
        is_name = not set(asked.slot("name").casefold().split()) & set(asked.words["no_offer"])
        return set_timer(asked) if last and is_name and asked.is_fresh else None
    return set_timer(asked.lasting(number * _unit_s(last[0]))) if last and number else None


def _unit_s(timer: Timer) -> int:
    """The unit that its length was said in: hours, minutes or seconds."""
    return next(unit for unit in (3600, 60, 1) if timer.seconds % unit == 0)


INTENTS = {
    "CancelLastTimer": undo_timer,
    "TimerInstead": timer_instead,
    "TimerMore": timer_more,
}
