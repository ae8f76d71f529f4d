"""Questioning: a question in between: it is answered from the documents, and the form goes on where it was."""

from __future__ import annotations

import re
from dataclasses import replace

from edge_agent.desk.answers import AnswerFolder, Topic
from edge_agent.desk.asking import question
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.hearing import understood
from edge_agent.desk.opening_hours import hours_said
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import what
from edge_agent.desk.step import DeskAnswer, Step


def asked(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The answer to a question that the documents know. None: it is none, or about something else."""
    phrases, said = premises.phrases, plain(words)
    tasks = ("book", "move", "cancel", "message") if premises.books else ("message",)
    if any(phrases.hears(each, said) for each in tasks):
        return None
    owned = premises.with_services_named(words) if premises.books else said
    if premises.books and phrases.hears("asks_mine", owned):
        return None
    if phrases.hears("my_own", owned) and (phrases.hears("move", owned) or phrases.hears("cancel", owned)):
        return None
    if of_file := _of_file(words, conversation, premises):
        return Step(_resumed(conversation, premises), conversation, question=words, answer=of_file)
    goes_on = conversation.topic is not None and premises.answers is not None and premises.answers.goes_on(words)
    is_question = phrases.hears("question", said) or words.rstrip().endswith("?") or goes_on
    if not is_question and (conversation.task or premises.agent.kind != "support"):
        return None
    if not is_question and premises.answers and premises.answers.is_about_nothing(words):
        return None  # "two people"
    found = _found(words, conversation, premises)
    if found is None or (found.topic and found.topic.kind is None and understood(words, conversation, premises).wish):
        return None  # "do you have anything on Friday" is about free times
    return Step(_resumed(conversation, premises), conversation, question=words, answer=found)


def asks(words: str, conversation: CallState, premises: Premises, *, of_days: bool) -> bool:
    """Whether the words are a question, and say nothing for an appointment but the service that is asked of, or, with
    `of_days`, a day of which the hours are asked."""
    if not words.strip(" ?!.,"):
        return False
    found = understood(words, conversation, premises)
    is_question = premises.phrases.hears("question", plain(words)) or words.rstrip().endswith("?")
    is_wish = bool(found.wish) and not (of_days and hours_said(words, conversation, premises))
    return is_question and not is_wish and set(found.values) <= {"service"}


def unknown(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """A question that nothing answers: that is said, and a message is offered."""
    phrases, said = premises.phrases, plain(words)
    is_question = phrases.hears("question", said) or words.rstrip().endswith("?")
    if premises.answers is None or phrases.hears("request", said):
        return None
    if not premises.answers.passages and conversation.asked is None:
        return None
    if not is_question and (conversation.task or premises.agent.kind != "support" or len(said.split()) < 3):
        return None
    return Step(_resumed(conversation, premises), conversation, question=words)


def _found(words: str, conversation: CallState, premises: Premises) -> DeskAnswer | None:
    """What the documents say, else what a service costs or how long it takes; of what is talked of, which no document
    knows, the other way round."""
    of_service = _of_service(words, conversation, premises)
    if of_service and premises.answers and premises.answers.is_about_nothing(words):
        return of_service
    if premises.answers and _leans_on_nothing(words, conversation, premises.answers):
        return None
    quote = premises.answers.find(words, conversation.topic) if premises.answers else None
    if quote:
        return DeskAnswer(quote.said, quote.topic)
    return of_service


def _leans_on_nothing(words: str, conversation: CallState, answers: AnswerFolder) -> bool:
    """Whether it goes on with a question that had no answer: "do you have a pool", "can my kids use it"."""
    return conversation.asked == "take_message" and conversation.topic is None and answers.leans(words)


def _of_file(words: str, conversation: CallState, premises: Premises) -> DeskAnswer | None:
    """What goes before the documents: the hours, and what the agent is."""
    if hours := hours_said(words, conversation, premises):
        return DeskAnswer(hours, is_of_hours=True)
    itself = _of_itself(words, premises)
    return DeskAnswer(itself) if itself else None


def _of_itself(words: str, premises: Premises) -> str:
    """Whoever asks hears that this is a machine, and what language it speaks."""
    phrases, said = premises.phrases, plain(words)
    topic = next((each for each in ("robot", "language") if phrases.hears(f"asks_{each}", said)), "")
    return phrases.say(topic, name=premises.agent.name) if topic else ""


def _of_service(words: str, conversation: CallState, premises: Premises) -> DeskAnswer | None:
    """What a service costs or how long it takes, by the owner's file: the one that is named, or the one that is being
    booked, or was just now, where nothing else is asked of. "And a full service?" goes on with such a question."""
    kind = premises.answers.kind_of(words, conversation.topic) if premises.answers else None
    if premises.answers is None or kind is None or kind.name not in ("price", "length"):
        return None
    if premises.answers.kind_of(words) is None and understood(words, conversation, premises).wish:
        return None  # "and a full service on Friday, then"
    topic = Topic({}, kind)
    named = premises.services.find(words)
    talked_of = conversation.text("service")
    if not talked_of and conversation.just is not None:
        talked_of = premises.ledger.booking(conversation.just).service
    if not named and premises.answers.is_about_nothing(words):
        service = premises.agent.service(talked_of or None)
    else:
        service = premises.agent.service(named[0].name if named else "")
    if not named and service.name != talked_of:
        return None
    told = what(service.name, premises)
    if kind.name == "length":
        return DeskAnswer(premises.phrases.say("length", what=told, minutes=service.minutes), topic)
    return DeskAnswer(premises.phrases.say("price", what=told, price=service.price), topic) if service.price else None


def _resumed(conversation: CallState, premises: Premises) -> str:
    """What is said behind an answer: the question that waits."""
    if not conversation.task:
        return ""
    slot = conversation.asked or ""
    if slot in premises.slots(conversation.task) and not (conversation.offers or conversation.proposal):
        return question(conversation, slot, premises)
    return conversation.said.removeprefix(premises.phrases.say("sorry")).strip()


def masked(words: str) -> str:
    """Words without the numbers of telephones and cards, as they are kept."""
    return re.sub(r"(?:\d[ -]?){6,}", "... ", words).strip()


def answered(step: Step, premises: Premises) -> tuple[Step, bool]:
    """The step with the answer to its question ahead of the rest; and whether there is one."""
    phrases, before = premises.phrases, step.after
    found = step.answer
    if found is None:
        found = _of_file(step.question, before, premises) or _found(step.question, before, premises)
    if found:
        said, after = found.said, replace(before, topic=found.topic, misses=0, told_hours=found.is_of_hours)
    else:
        said, after = premises.agent.answers.unknown or phrases.say("unknown"), replace(before, topic=None)
        if step.said or step.effects or before.proposal:  # something goes on behind it: no message is offered
            said = said.partition("?")[0].rpartition(".")[0] + "." if "?" in said and "." in said else said
        else:
            after = replace(after, asked="take_message", said=said)
    if not before.task and found and (named := premises.services.find(step.question)):
        after = after.filled(service=Filled(named[0].name, step.question))  # "Book me one, then."
    done, more = ("", step.said)
    if step.effects:
        done, _, _ = step.said.rpartition(phrases.ask("more"))
        more = phrases.ask("more")
    after = replace(after, said=more or after.said)
    said = " ".join(filter(None, (done.strip(), said, more)))
    return replace(step, said=said, after=after, question="", answer=None), found is not None
