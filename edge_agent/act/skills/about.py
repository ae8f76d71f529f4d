"""About: what the agent says of itself, of what it can not do, and of what it has no way to know."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan

HOME = "home_assistant"
"""The name under which Home Assistant is called."""
MOST_TOLD = 4
"""Tools that are told of."""


def who(asked: Asked) -> Plan:
    """Tells who the assistant is."""
    return Plan(asked.say("who"))


def can(asked: Asked) -> Plan:
    """Tells what the assistant can do."""
    tools = [tool.name.replace("_", " ") for tool in asked.toolbox.tools()] if asked.toolbox else []
    skills = [*asked.words["answers"]["skills"], *tools[:MOST_TOLD]]
    return Plan(asked.say("can", skills=asked.spoken.listed(skills)))


def how_to(asked: Asked) -> Plan | None:
    """Tells what to say, where it is asked how something is done that code does."""
    words = asked.slot("text").casefold().split()
    examples = asked.words["examples"]
    example = next((examples[word] for each in words for word in (each, each.rstrip("s")) if word in examples), None)
    return Plan(asked.say("how_to", example=example)) if example else None


def online(asked: Asked) -> Plan:
    """Tells that nothing leaves the device."""
    return Plan(asked.say("online"))


def limits(asked: Asked) -> Plan | None:
    """Tells that something cannot be done or known, and what can be done instead; unless a tool may, or the home."""
    subject, said = asked.slot("subject"), asked.understood.text
    if asked.toolbox and asked.toolbox.offered(said):
        return None
    call = (HOME, said) if subject.startswith("home") and asked.has_home else None
    return Plan(asked.say(subject), call=call, topic=subject, vague=True)


def more_unknown(asked: Asked) -> Plan | None:
    """Tells it again of what is asked behind it: "and tomorrow", after the weather."""
    return limits(asked.with_slots(subject=asked.topic)) if asked.topic else None


def emergency(asked: Asked) -> Plan:
    """Tells what to do instead, before anything else is meant."""
    return Plan(asked.say("emergency"))


def deeds(asked: Asked) -> Plan | None:
    """Tells that something cannot be done, if it takes more than words."""
    words = asked.understood.text.casefold().split()
    return None if set(words) & set(asked.words["made_of_words"]) else limits(asked)


def languages(asked: Asked) -> Plan:
    """Tells which language it speaks."""
    return Plan(asked.say("languages"))


def age(asked: Asked) -> Plan:
    """Tells that a program has no age."""
    return Plan(asked.say("age"))


def what_was_said(asked: Asked) -> Plan:
    """Says again what the user said before."""
    said = asked.talk.last_heard
    return Plan(asked.say("you_said", said=said) if said else asked.say("said_nothing"))


def what_was_done(asked: Asked) -> Plan:
    """Says again what was done last."""
    return Plan(asked.talk.deed.said if asked.talk.deed else asked.say("did_nothing"))


def how(asked: Asked) -> Plan:
    """Answers how it is."""
    return Plan(asked.say("how"))


def hears(asked: Asked) -> Plan:
    """Answers whoever asks whether it hears them."""
    return Plan(asked.say("hear"))


def thanks(asked: Asked) -> Plan:
    """Answers thanks."""
    return Plan(asked.say("thanks"))


def sorry(asked: Asked) -> Plan:
    """Answers an apology."""
    return Plan(asked.say("sorry"))


def wrong(asked: Asked) -> Plan:
    """Answers whoever was not understood."""
    return Plan(asked.say("wrong"))


def hello(asked: Asked) -> Plan:
    """Answers a greeting."""
    return Plan(asked.say("hello"))


def goodbye(asked: Asked) -> Plan:
    """Answers a farewell."""
    return Plan(asked.say("goodbye"))


INTENTS = {
    "WhoAreYou": who,
    "WhatCanYouDo": can,
    "HowTo": how_to,
    "Online": online,
    "Languages": languages,
    "HowOld": age,
    "WhatDidISay": what_was_said,
    "WhatDidYouDo": what_was_done,
    "HowAreYou": how,
    "CanNotKnow": limits,
    "MoreUnknown": more_unknown,
    "CanNotDo": deeds,
    "Emergency": emergency,
    "HearMe": hears,
    "Thanks": thanks,
    "Sorry": sorry,
    "Wrong": wrong,
    "Hello": hello,
    "Goodbye": goodbye,
}
