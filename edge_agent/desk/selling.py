"""Selling: a call of somebody who may buy: whether they want to talk, what their answers come to, what is done then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from edge_agent.desk.conversation import CallState
from edge_agent.desk.file import AgentFile
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import details_of
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.step import Step

LeadOutcome = Literal["transfer", "callback", "declined", "not_interested"]


def unwilling(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The end, where the caller does not want to be asked, or never again. Nobody is talked into anything."""
    if premises.agent.kind != "leads":
        return None
    phrases, said = premises.phrases, plain(words)
    if phrases.hears("opt_out", said):
        effect = {"type": "opt_out", "name": conversation.value("name"), "phone": conversation.value("phone")}
        return _over(phrases.say("opted_out"), conversation, effect)
    answer = consent(words, phrases)
    refuses = not conversation.task and conversation.asked is None and answer.yes is False and not answer.rest
    if refuses or phrases.hears("not_interested", said):
        effect = lead(conversation, "not_interested", premises.agent)
        return _over(phrases.say("not_interested"), conversation, effect)
    return None


def judged(conversation: CallState, agent: AgentFile) -> tuple[LeadOutcome, int]:
    """What becomes of somebody who has answered all, and their score."""
    score = agent.leads.score(values_of(conversation))
    if agent.leads.transfer is not None and score >= agent.leads.transfer and agent.handoff.number:
        return "transfer", score
    return ("callback" if score >= agent.leads.callback else "declined"), score


def decided(conversation: CallState, premises: Premises) -> Step | None:
    """The end of the questions: put through, or thanked. None: they are offered to be called back."""
    outcome, _ = judged(conversation, premises.agent)
    if outcome == "callback":
        return None
    phrases, number = premises.phrases, premises.agent.handoff.number
    effect = lead(conversation, outcome, premises.agent)
    if outcome == "transfer":
        told = details_of(values_of(conversation), premises).removeprefix(", ")
        summary = {"task": "form", "form": conversation.form_json(), "text": told}
        handed = {"type": "handoff", "number": number, "summary": summary}
        after = replace(conversation, asked=None, proposal=None)
        return Step(phrases.say("handoff"), after, effects=(effect, handed))
    thanks = premises.agent.leads.thanks or phrases.say("thanks")
    return _over(f"{thanks} {phrases.say('bye')}", conversation, effect)


def lead(conversation: CallState, outcome: LeadOutcome, agent: AgentFile, **more: Any) -> dict[str, Any]:
    """The effect: a lead is kept."""
    values = values_of(conversation)
    return {**values, **more, "type": "lead", "outcome": outcome, "score": agent.leads.score(values)}


def values_of(conversation: CallState) -> dict[str, Any]:
    return {name: filled.value for name, filled in conversation.form.items()}


def _over(said: str, conversation: CallState, effect: dict[str, Any]) -> Step:
    return Step(said, replace(conversation, is_over=True, asked=None, proposal=None), effects=(effect,))
