"""Memory: what the user asks to be remembered, and nothing else. It never proves who speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan

if TYPE_CHECKING:
    from edge_agent.act.records import Fact

NAME = "name"
"""The name of the user, as the records keep it."""
MOST_TOLD = 5
MOST_ASKED = 5
"""Words of what may be unknown: a longer question is about something else."""


def remember(asked: Asked) -> Plan | None:
    """Remembers what the user asks to be remembered."""
    if name := asked.slot("name"):
        return _remember_name(asked, name)
    fact = re.sub(asked.words["before_remember"], "", asked.slot("text"), flags=re.IGNORECASE)
    if not fact or fact.casefold() in asked.words["ignoring"]:
        return None

    def effect() -> Effect:
        kept = [asked.records.remember(each, asked.now) for each in re.split(asked.words["two_facts"], fact)]
        return Effect("remembered", {"id": kept[-1].id, "fact": fact})

    return Plan(asked.say("remembered", fact=asked.say.to_you(fact)), effect, topic=fact)


def _remember_name(asked: Asked, name: str) -> Plan | None:
    called = " ".join(part[:1].upper() + part[1:] for part in name.split())
    if len(called.split()) > 3 or set(name.casefold().split()) & set(asked.words["no_names"]):
        return None

    def effect() -> Effect:
        asked.records.put(NAME, called)
        return Effect("remembered", {"name": called})

    return Plan(asked.say("named", name=called), effect)


def recall(asked: Asked) -> Plan | None:
    """Tells what the user asked to be remembered of something."""
    facts = _about(asked, asked.slot("text"))
    if not facts:
        if len(asked.slot("text").split()) > MOST_ASKED:
            return None
        words = asked.understood.text.casefold().split()
        is_own = asked.records.facts() or words[:2] == ["what", "did"] or set(words) & set(asked.words["own"])
        return Plan(asked.say("nothing"), vague=True) if is_own else None
    return Plan(asked.say("facts", facts=_told(asked, facts)), topic=facts[0].text)


def recall_it(asked: Asked) -> Plan | None:
    """Tells what was just remembered or told, where the talk is of it: "so where is it"."""
    facts = _about(asked, asked.topic) if asked.unbroken() and asked.topic else []
    return Plan(asked.say("facts", facts=_told(asked, facts[:1])), topic=asked.topic) if facts else None


def recall_if_known(asked: Asked) -> Plan | None:
    """Tells what was asked to be remembered, where the question may as well be another one: with all its words, if it
    is not of the user's own."""
    facts = _about(asked, asked.slot("text"))
    if asked.slot("all"):
        words = set(re.findall(r"\w+", asked.slot("text").casefold())) - set(asked.words["ignoring"])
        facts = [each for each in facts if words <= set(re.findall(r"\w+", each.text.casefold()))]
    return Plan(asked.say("facts", facts=_told(asked, facts)), topic=facts[0].text) if facts else None


def recall_all(asked: Asked) -> Plan:
    """Tells everything that the user asked to be remembered."""
    facts = asked.records.facts()
    name = asked.records.get(NAME)
    if not facts:
        return Plan(asked.say("name", name=name) if name else asked.say("nothing_at_all"))
    return Plan(asked.say("facts", facts=_told(asked, facts)))


def my_name(asked: Asked) -> Plan:
    """Tells the user's name, if it was told."""
    name = asked.records.get(NAME)
    return Plan(asked.say("name", name=name) if name else asked.say("no_name"))


def forget(asked: Asked) -> Plan | None:
    """Forgets something that it was asked to remember."""
    about = asked.slot("text")
    if not about:
        return _forget_name(asked)
    is_it = about.casefold() in asked.words["ignoring"]
    facts = _about(asked, (asked.unbroken() and asked.topic) or "") if is_it else _about(asked, about)
    if not facts:
        return Plan(asked.say("nothing"))
    fact = facts[0]

    def effect() -> Effect:
        asked.records.forget(fact.id)
        return Effect("forgotten", {"id": fact.id, "fact": fact.text})

    return Plan(asked.say("forgotten", fact=asked.say.to_you(fact.text)), effect)


def _forget_name(asked: Asked) -> Plan:
    name = asked.records.get(NAME)
    if not name:
        return Plan(asked.say("no_name"))

    def effect() -> Effect:
        asked.records.put(NAME, None)
        return Effect("forgotten", {"name": name})

    return Plan(asked.say("forgotten", fact=asked.say.to_you(asked.say("name", name=name)).rstrip(".")), effect)


def forget_all(asked: Asked) -> Plan:
    """Forgets everything that it was asked to remember, after a yes."""
    facts = asked.records.facts()
    if not facts:
        return Plan(asked.say("nothing_at_all"))
    if asked.confirmed is None:
        words = asked.words["answers"]["things"]
        count = words["one"] if len(facts) == 1 else words["many"].format(number=len(facts))
        return asked.ask(asked.say("confirm_all", count=count), "yes")
    if not asked.confirmed:
        return Plan(asked.say("kept"))

    def effect() -> Effect:
        asked.records.forget_all()
        asked.records.put(NAME, None)
        return Effect("all_forgotten", {"count": len(facts)})

    return Plan(asked.say("all_forgotten"), effect)


def _about(asked: Asked, text: str) -> list[Fact]:
    more = [other for word, other in asked.words["also"].items() if word in text.casefold().split()]
    return asked.records.facts(" ".join([text, *more]), asked.words["ignoring"])


def _told(asked: Asked, facts: Sequence[Fact]) -> str:
    return str(asked.spoken.listed([asked.say.to_you(fact.text) for fact in facts[:MOST_TOLD]]))


INTENTS = {
    "Remember": remember,
    "Recall": recall,
    "RecallIfKnown": recall_if_known,
    "RecallIt": recall_it,
    "RecallAll": recall_all,
    "MyName": my_name,
    "Forget": forget,
    "ForgetAll": forget_all,
}
