"""Tasks: what a caller has come for: the task that their words begin, and the call as it is then."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.conversation import CONTACT, CallState, Task
from edge_agent.desk.hearing import FoundValues
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises


def begun(conversation: CallState, task: Task) -> CallState:
    """A new task. Name and number of the caller stay, and the service that they have asked about before it."""
    if conversation.task and {conversation.task, task} <= {"book", "waiting", "message"}:
        return replace(conversation, task=task, proposal=None)
    form = conversation.only(*CONTACT, *(() if conversation.task else ("service",)))
    fresh = conversation if not conversation.task else replace(conversation, wish=type(conversation.wish)())
    return replace(fresh, task=task, form=form, opening=None, offers=(), proposal=None, booking=None, asked=None)


def task_of(words: str, conversation: CallState, found: FoundValues, premises: Premises) -> Task | None:
    """The task that the words are of: the one that they begin, else the one that goes on. None: neither."""
    phrases, said = premises.phrases, plain(words)
    if conversation.task in ("message",) and conversation.asked == "message":
        return "message"
    if change := _change(words, said, conversation, premises):
        return change
    if conversation.task == "book" and phrases.hears("leave_message", said):
        return "message"
    if conversation.task:
        return conversation.task
    if phrases.hears("message", said):
        return "message"
    return _first_task(said, found, premises)


def _change(words: str, said: str, conversation: CallState, premises: Premises) -> Task | None:
    """Whether an appointment that there is already is meant: "cancel my haircut", "I can't make it on Friday"."""
    phrases = premises.phrases
    owned = premises.with_services_named(words)
    if premises.books and not conversation.task and phrases.hears("asks_mine", owned):
        return "look"
    if not phrases.hears("my_own", owned):
        owned = said
    if phrases.hears("cancel", owned) and conversation.task != "cancel" and not conversation.proposal:
        return "cancel"
    if phrases.hears("move", owned) and (phrases.hears("mine", owned) or not conversation.task):
        return conversation.task or "move"
    if not conversation.task and conversation.asked in (None, "more") and phrases.hears("drops_out", said):
        return "move" if phrases.hears("goes_elsewhere", said) else "cancel"
    return None


def _first_task(said: str, found: FoundValues, premises: Premises) -> Task | None:
    """The task that nobody has named yet: an appointment where there are any, else the owner's form."""
    phrases, kind = premises.phrases, premises.agent.kind
    wants = "service" in found.values and phrases.hears("wants", said)
    is_question = phrases.hears("question", said) and not (wants or phrases.hears("seeks", said))
    if kind == "receptionist" or (premises.books and kind != "leads" and phrases.hears("book", said)):
        if phrases.hears("book", said) or (found and not is_question) or found.wish or "staff" in found.values:
            return "book"
        return None
    if kind == "leads" and (found or phrases.hears("book", said) or phrases.hears("yes", said)):
        return "form"
    return None
