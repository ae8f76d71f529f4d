"""Whatever rings: let it ring again later, or say that one is up."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.records import SNOOZE_S


def snooze(asked: Asked) -> Plan | None:
    """Lets what rings ring again later."""
    ring, seconds = asked.talk.rung, asked.seconds or 60 * (asked.number() or 0) or SNOOZE_S
    if ring is None and asked.slot("number"):
        return None
    if ring is None and asked.seconds and "snooze" not in asked.understood.text.casefold():
        return None  # "give me ten minutes" is a timer then
    if ring is None:
        return Plan(asked.say("nothing_rings"))

    def effect() -> Effect:
        asked.records.snooze(ring, asked.now, seconds)
        return Effect("snoozed", {"seconds": seconds})

    return Plan(asked.say("snoozed", length=asked.spoken.length(seconds)), effect)


def am_up(asked: Asked) -> Plan | None:
    """Ends what rings, where the user says that they are awake."""
    return Plan(asked.say("am_up")) if asked.talk.ringing is not None else None


INTENTS = {
    "Snooze": snooze,
    "AmUp": am_up,
}
