"""Leaving: what ends a task or the call: something urgent, a person who is wanted, a goodbye, a change of mind."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.asking import go_on
from edge_agent.desk.conversation import CONTACT, CallState, Filled
from edge_agent.desk.hearing import understood
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import details_of
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.step import Step

_LEAVING = "leaving"
"""What tells of a call that it was said once that a yes is waited for."""


def urgent(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """What the owner calls urgent, or anybody would, goes before everything."""
    rules, said = premises.agent.handoff, f" {plain(words)} "
    is_urgent = any(f" {plain(phrase)} " in said for phrase in rules.urgent)
    if not is_urgent and not premises.phrases.hears("emergency", said):
        return None
    effect = {"type": "urgent", "number": rules.number, "summary": summary(conversation, premises)}
    if rules.urgent_say:
        return Step(rules.urgent_say, replace(conversation, proposal=None, asked=None), effects=(effect,))
    step = handoff(conversation, premises).behind(premises.phrases.say("emergency"))
    return replace(step, effects=(effect, *step.effects))


def leaving(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """A person is wanted, the task is dropped, or the call is over."""
    phrases, said = premises.phrases, plain(words)
    wants_person = phrases.hears("person", said) and not phrases.hears("asks_robot", said)
    wants_person |= any(phrases.hears("speaks_to", words[: each.first]) for each in premises.staff.find(words))
    wants_person |= phrases.hears("call_back", said) and conversation.asked != "message"  # that may be the message
    if wants_person and "asked" in premises.agent.handoff.when:
        return handoff(conversation, premises)
    if not conversation.task and phrases.hears("runs_late", said) and not phrases.hears("question", said):
        told = conversation.filled(message=Filled(words.strip(), words))
        return go_on(replace(told, task="message"), premises).behind(phrases.say("all_right"))
    if phrases.hears("wait_list", said) and premises.agent.booking.waiting:
        return go_on(replace(conversation, task="waiting", opening=None, proposal=None), premises)
    if conversation.task and _forgets(words, said, conversation, premises):
        return _bye(words, conversation, premises) if _goes(said, premises) else _dropped(conversation, premises)
    if _goes(said, premises):
        return _bye(words, conversation, premises)
    return None


def _forgets(words: str, said: str, conversation: CallState, premises: Premises) -> bool:
    """Whether the task is dropped. Of "never mind, book the 13th" only what was said before is."""
    if not premises.phrases.hears("forget", said) or len(said.split()) >= 12:
        return False
    rest = premises.phrases.pattern("forget").sub(" ", words)
    found = understood(rest, replace(conversation, asked=None), premises)
    return not (found.wish or found.values)


def _goes(said: str, premises: Premises) -> bool:
    """Whether it is a goodbye: "I have to go" is one, and "I have to go to the dentist" is none."""
    phrases = premises.phrases
    if len(said.split()) >= 14:
        return False
    rest = said if phrases.hears("question", said) else phrases.pattern("has_to_go").sub(" ", said)
    return (rest != said or phrases.hears("bye", said)) and not phrases.hears("book", rest)


def ending(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """Nothing more is wanted."""
    return _bye(words, conversation, premises) if _is_end(words, plain(words), conversation, premises) else None


def _bye(words: str, conversation: CallState, premises: Premises) -> Step:
    """The end of the call. What waits for a yes is asked once more; what was begun and not done is said."""
    phrases = premises.phrases
    is_open = conversation.proposal and consent(words, phrases).yes is not False
    if is_open and not conversation.tries.get(_LEAVING):
        return Step(phrases.say("before_you_go", question=conversation.said), conversation.missed(_LEAVING))
    is_begun = bool(conversation.proposal or conversation.wish or conversation.opening or conversation.booking)
    undone = phrases.values["left"].get(conversation.task, "") if is_begun else ""
    after = replace(conversation, is_over=True, asked=None, proposal=None)
    return Step(f"{undone} {phrases.say('bye')}".strip(), after)


def _dropped(conversation: CallState, premises: Premises) -> Step:
    form = conversation.only(*CONTACT)
    fresh = CallState(form=form, proposals=conversation.proposals, booked=conversation.booked, asked="more")
    return Step(f"{premises.phrases.say('draft_dropped')} {premises.phrases.ask('more')}", fresh)


def _is_end(words: str, said: str, conversation: CallState, premises: Premises) -> bool:
    """Whether the caller is done: a goodbye, or thanks and no more where nothing is under way."""
    phrases = premises.phrases
    if conversation.task and conversation.asked != "more":
        return False
    if phrases.hears("question", said) or phrases.hears("book", said):
        return False
    if phrases.hears("nothing_more", said) or phrases.hears("bye", said):
        return True
    answer = consent(words, phrases)
    if conversation.asked == "more" and answer.yes is False and not answer.rest:
        return True
    return phrases.hears("thanks", said) and len(said.split()) < 12 and conversation.booked > 0


def handoff(conversation: CallState, premises: Premises) -> Step:
    """Somebody else takes over, with all that is known; a message where nobody can be reached."""
    number = premises.agent.handoff.number
    if not number:
        step = go_on(replace(conversation, task="message", proposal=None), premises)
        return step.behind(premises.phrases.say("handoff_message"))
    effect = {"type": "handoff", "number": number, "summary": summary(conversation, premises)}
    return Step(premises.phrases.say("handoff"), replace(conversation, proposal=None, asked=None), effects=(effect,))


def summary(conversation: CallState, premises: Premises) -> dict[str, object]:
    """The form, for whoever takes over: each value, and a sentence."""
    values = conversation.form_json()
    told = details_of({name: filled.value for name, filled in conversation.form.items()}, premises)
    return {"task": conversation.task or None, "form": values, "text": told.removeprefix(", ")}
