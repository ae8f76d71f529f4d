"""About: what the agent says of itself, of what it can not do, and of what it has no way to know."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan


def who(asked: Asked) -> Plan:
    """Tells who the assistant is."""
    return Plan(asked.say("who"))


def can(asked: Asked) -> Plan:
    """Tells what the assistant can do."""
    skills = [*asked.words["answers"]["skills"], *asked.extra.get("tools", ())]
    return Plan(asked.say("can", skills=asked.spoken.listed(skills)))


def online(asked: Asked) -> Plan:
    """Tells that nothing leaves the device."""
    return Plan(asked.say("online"))


def limits(asked: Asked) -> Plan:
    """Tells that something cannot be done or known, and what can be done instead."""
    return Plan(asked.say(asked.slot("subject")))


def how(asked: Asked) -> Plan:
    """Answers how it is."""
    return Plan(asked.say("how"))


def thanks(asked: Asked) -> Plan:
    """Answers thanks."""
    return Plan(asked.say("thanks"))


def hello(asked: Asked) -> Plan:
    """Answers a greeting."""
    return Plan(asked.say("hello"))


def goodbye(asked: Asked) -> Plan:
    """Answers a farewell."""
    return Plan(asked.say("goodbye"))


INTENTS = {
    "WhoAreYou": who,
    "WhatCanYouDo": can,
    "Online": online,
    "HowAreYou": how,
    "CanNotKnow": limits,
    "CanNotDo": limits,
    "Thanks": thanks,
    "Hello": hello,
    "Goodbye": goodbye,
}
