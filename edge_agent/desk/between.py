"""Between: what is said that fills nothing: silence, "one second", "say it again", "what was the time again"."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.asking import question
from edge_agent.desk.conversation import CallState
from edge_agent.desk.hearing import understood
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.step import Step


def silent(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """Nothing was said: what was asked is asked again."""
    if plain(words):
        return None
    return Step(conversation.said or premises.phrases.say("how_help"), conversation)


def held(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """ "One second, the dog is barking": the caller is waited for, and what was asked stays asked."""
    said = plain(words)
    if not premises.phrases.hears("hold_on", said) or conversation.asked == "message":
        return None
    if premises.phrases.hears("wrong", said):  # "hang on, that's the wrong day"
        return None
    found = understood(words, replace(conversation, asked=None), premises)
    return None if found else Step(premises.phrases.say("take_time"), conversation)


def repeated(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """ "Pardon?": what was said last is said again."""
    if not conversation.said or not premises.phrases.hears("repeat", plain(words)):
        return None
    return Step(conversation.said, conversation)


def told_when(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """ "What was the time again?", of the one that is settled."""
    phrases, opening, slot = premises.phrases, conversation.opening, conversation.asked or ""
    if opening is None or conversation.proposal or not phrases.hears("asks_again", plain(words)):
        return None
    waits = question(conversation, slot, premises) if slot in premises.slots(conversation.task) else ""
    said = phrases.say("its_time", when=phrases.moment(opening.start, premises.now))
    return Step(f"{said} {waits}".strip(), conversation)
