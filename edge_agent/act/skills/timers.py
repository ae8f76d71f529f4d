"""Timers: several at once, with or without a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.which_timer import called, named, talked_of, without_article

if TYPE_CHECKING:
    from edge_agent.act.records import Timer

LONGEST_S = 86_400.0


def set_timer(asked: Asked) -> Plan | None:
    """Sets a timer for a duration, with a name if one is given."""
    words, rung = set(asked.understood.text.casefold().split()), asked.talk.rung
    if rung is not None and rung.kind != "timer" and words & set(asked.words["snoozes"]):
        return None  # "give me another ten minutes" of an alarm that has rung
    name, seconds = without_article(asked.slot("name")), _from_now(asked)
    if name.casefold() in asked.words["counts"]:
        return None  # of "two timers" each is one of several (several.py)
    if name.casefold() in asked.words["no_names"]:  # "set it timer", as the ASR hears "set a timer"
        name = ""
    if seconds is None:
        return None if asked.slot("from_now") else asked.ask(asked.say("how_long"), "duration")
    if seconds > LONGEST_S:
        return Plan(asked.say("too_long"))

    def effect() -> Effect:
        timer = asked.records.add_timer(seconds, asked.now, name)
        return Effect("timer_set", {"id": timer.id, "seconds": seconds, "name": name})

    said = asked.say("named_set" if name else "timer_set", name=name, length=asked.spoken.length(seconds))
    return Plan(said, effect)


def _from_now(asked: Asked) -> float | None:
    """The length that was said; of "in ten minutes" the time until then."""
    found, when = asked.understood.times.get("when"), asked.when
    if asked.seconds is not None or found is None or when is None:
        return asked.seconds
    said = asked.understood.text[found.first : found.last].casefold().split()
    return (when.start - asked.now).total_seconds() if said[0] in asked.words["from_now"] else None


def timer_left(asked: Asked) -> Plan:
    """Tells how much time is left on the timers."""
    timers = named(asked)
    if not timers:
        return _missing(asked)
    if set(asked.understood.text.casefold().split()) & set(asked.words["first"]):
        first = min(timers, key=lambda timer: timer.left_s(asked.now))
        return Plan(_left(asked, first, first.name or asked.spoken.as_adjective(first.seconds)))
    if len(timers) == 1:
        return Plan(_left(asked, timers[0]), topic=str(timers[0].id))
    each = "; ".join(
        asked.say("each_left", name=called(asked, timer), length=asked.spoken.length(timer.left_s(asked.now)))
        for timer in timers
    )
    return Plan(asked.say("several_left", count=len(timers), each=each))


def named_timer(asked: Asked) -> Plan | None:
    """Does with "the pasta" what may be done with the pasta timer, if there is one."""
    return _DEEDS[asked.slot("deed")](asked) if named(asked) else None


def that_timer(asked: Asked) -> Plan | None:
    """Does it with the timer of which the talk is."""
    that = None if asked.slot("deed") == "cancel" and asked.did_several else talked_of(asked)
    if that and that.slot("number"):  # "add five to that"
        that = that.lasting(60 * (that.number() or 0))
    return _DEEDS[asked.slot("deed")](that) if that else None


def its_time(asked: Asked) -> Plan | None:
    """Tells how much time is left, where the talk is of timers."""
    runs = bool(asked.records.timers()) and asked.talk.awaits("timers", asked.now)
    return timer_left(asked) if runs or asked.unbroken() else None


def add_to_timer(asked: Asked) -> Plan | None:
    """Adds a duration to a timer; where one rings it is set again. Of an alarm that rings it is the snooze."""
    if asked.talk.rung is not None and asked.talk.rung.kind != "timer":
        return None
    return timer_again(asked) or _changed(asked, +1)


def timer_again(asked: Asked) -> Plan | None:
    """Sets the timer that rings again, for a duration; a duration alone means nothing elsewhere."""
    ring = asked.talk.rung
    return set_timer(asked.with_slots(name=ring.text)) if ring is not None and ring.kind == "timer" else None


def offer_timer(asked: Asked) -> Plan | None:
    """Offers a timer where nothing but a length was said, and nothing rings."""
    talk = asked.talk
    if asked.seconds is None or talk.ringing is not None or asked.seconds > LONGEST_S or talk.is_llms:
        return None
    if set(asked.slot("name").casefold().split()) & set(asked.words["no_offer"]):
        return None
    if asked.confirmed is None and not asked.slot("sure"):
        name = without_article(asked.slot("name"))
        return asked.ask(
            asked.say("named_offer" if name else "offer", name=name, length=asked.spoken.length(asked.seconds)), "yes"
        )
    return Plan(asked.say("denied")) if asked.confirmed is False else set_timer(asked)


def take_from_timer(asked: Asked) -> Plan | None:
    """Takes a duration off a timer."""
    return _changed(asked, -1)


def change_timer(asked: Asked) -> Plan | None:
    """Sets the time that is left on a timer."""
    return _changed(asked, 0)


def _changed(asked: Asked, sign: int) -> Plan | None:
    seconds = asked.seconds
    if seconds is None:
        return None

    def plan(timer: Timer) -> Plan:
        left = seconds if sign == 0 else timer.left_s(asked.now) + sign * seconds
        more = left - timer.left_s(asked.now)
        if left <= 0:
            return Plan(asked.say("over"))

        def effect() -> Effect:
            asked.records.change_timer(timer.id, more, asked.now)
            return Effect("timer_changed", {"id": timer.id, "by_s": round(more, 3)})

        return Plan(asked.say("added", length=asked.spoken.length(left)), effect)

    return one_meant(asked, plan)


def pause_timer(asked: Asked) -> Plan:
    """Pauses a timer."""

    def plan(timer: Timer) -> Plan:
        left = asked.spoken.length(timer.left_s(asked.now))
        if timer.paused:
            return Plan(asked.say("is_paused", length=left))

        def effect() -> Effect:
            asked.records.pause_timer(timer.id, asked.now)
            return Effect("timer_paused", {"id": timer.id})

        return Plan(asked.say("paused", length=left), effect)

    return one_meant(asked, plan)


def resume_timer(asked: Asked) -> Plan:
    """Lets a paused timer go on."""

    def plan(timer: Timer) -> Plan:
        left = asked.spoken.length(timer.left_s(asked.now))
        if not timer.paused:
            return Plan(asked.say("not_paused", length=left))

        def effect() -> Effect:
            asked.records.resume_timer(timer.id, asked.now)
            return Effect("timer_resumed", {"id": timer.id})

        return Plan(asked.say("resumed", length=left), effect)

    return one_meant(asked, plan, prefer=lambda timer: timer.paused)


def cancel_timer(asked: Asked) -> Plan:
    """Cancels a timer."""
    return one_meant(asked, lambda timer: canceling(asked, timer))


def cancel_that_timer(asked: Asked) -> Plan | None:
    """Cancels "the five minute one", where the talk is of timers."""
    return cancel_timer(asked) if asked.before() else None


def cancel_them(asked: Asked) -> Plan | None:
    """Cancels all, where the talk is of timers."""
    return cancel_timers(asked) if asked.before() else None


def canceling(asked: Asked, timer: Timer) -> Plan:
    """The plan that cancels this timer."""

    def effect() -> Effect:
        asked.records.remove_timer(timer.id)
        return Effect("timer_canceled", {"id": timer.id, "name": timer.name})

    said = asked.say("named_canceled", name=timer.name) if timer.name else asked.say("canceled")
    return Plan(said, effect)


def cancel_timers(asked: Asked) -> Plan:
    """Cancels all timers."""
    timers = asked.records.timers()
    if len(timers) < 2:
        return canceling(asked, timers[0]) if timers else Plan(asked.say("no_timers"))

    def effect() -> Effect:
        for timer in timers:
            asked.records.remove_timer(timer.id)
        return Effect("timers_canceled", {"count": len(timers)})

    return Plan(asked.say("all_canceled", count=len(timers)), effect)


def one_meant(
    asked: Asked, plan: Callable[[Timer], Plan], prefer: Callable[[Timer], bool] = lambda timer: False
) -> Plan:
    """The plan for the timer that is meant; else a question."""
    timers = named(asked)
    preferred = [timer for timer in timers if prefer(timer)]
    timers = preferred if len(preferred) == 1 else timers
    if not timers:
        return _missing(asked)
    if len(timers) == 1:
        return plan(timers[0])
    names = asked.spoken.listed([f"the {called(asked, timer)}" for timer in timers])
    return asked.ask(asked.say("which", names=names), "name")


def _missing(asked: Asked) -> Plan:
    if asked.records.timers() and asked.slot("name"):
        return Plan(asked.say("unknown", name=asked.slot("name")))
    return Plan(asked.say("no_timers"))


def _left(asked: Asked, timer: Timer, name: str = "") -> str:
    name = name or timer.name
    kind = ("named_" if name else "timer_" if timer.paused else "") + ("paused" if timer.paused else "left")
    return asked.say(kind, name=name, length=asked.spoken.length(timer.left_s(asked.now)))


def _restart(asked: Asked) -> Plan | None:
    """Lets a timer run for its whole length again."""

    def plan(timer: Timer) -> Plan:
        def effect() -> Effect:
            asked.records.change_timer(timer.id, timer.seconds - timer.left_s(asked.now), asked.now)
            return Effect("timer_changed", {"id": timer.id, "seconds": timer.seconds, "name": timer.name})

        return Plan(asked.say("added", length=asked.spoken.length(timer.seconds)), effect)

    return one_meant(asked, plan)


_DEEDS: dict[str, Callable[[Asked], Plan | None]] = {
    "cancel": cancel_timer,
    "pause": pause_timer,
    "resume": resume_timer,
    "add": add_to_timer,
    "take": take_from_timer,
    "restart": _restart,
    "left": timer_left,
}
INTENTS = {
    "SetTimer": set_timer,
    "TimerLeft": timer_left,
    "NamedLeft": named_timer,
    "NamedTimer": named_timer,
    "ThatTimer": that_timer,
    "ItsTime": its_time,
    "TimerAgain": timer_again,
    "OfferTimer": offer_timer,
    "AddToTimer": add_to_timer,
    "TakeFromTimer": take_from_timer,
    "ChangeTimer": change_timer,
    "PauseTimer": pause_timer,
    "ResumeTimer": resume_timer,
    "CancelTimer": cancel_timer,
    "CancelThatTimer": cancel_that_timer,
    "CancelThoseTimers": cancel_them,
    "CancelTimers": cancel_timers,
}
