"""Flowing: a call in the steps of an owner's own: what begins them, and how far they go by themselves."""

from __future__ import annotations

import logging
from dataclasses import replace

from edge_agent.act.tools.tool import Outcome
from edge_agent.desk.conversation import CONTACT, CallState, Filled, Proposal
from edge_agent.desk.file import Flow, FlowStep
from edge_agent.desk.flow import arguments_of, filled, reached
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.selling import values_of
from edge_agent.desk.step import Step

log = logging.getLogger(__name__)


def started(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The first step of a flow whose words were said. None: they are none, or something else is under way."""
    if conversation.task == "flow" or conversation.proposal:
        return None
    said = f" {plain(words)} "
    for flow in premises.agent.flows:
        if any(f" {plain(each)} " in said for each in flow.hears):
            begun = CallState(
                "flow",
                conversation.only(*CONTACT),
                flow=flow.name,
                proposals=conversation.proposals,
                booked=conversation.booked,
            )
            return flowed(begun, premises)
    return None


def flowed(conversation: CallState, premises: Premises) -> Step:
    """Goes on from where the flow is: what is said on the way, and what it comes to: a question, a tool, the end."""
    flow = _of(conversation, premises)
    values = values_of(conversation)
    found = reached(flow, conversation.at, values)
    said = " ".join(found.said)
    after = replace(conversation, at=found.at, proposal=None, offers=())
    if found.asks:
        return Step(f"{said} {filled(found.asks.say, values)}".strip(), replace(after, asked=found.asks.id))
    if found.calls:
        return _calling(said, after, found.calls, premises)
    fresh = CallState(
        form=after.only(*CONTACT),
        asked="more",
        proposals=after.proposals,
        booked=after.booked,
    )
    return Step(f"{said} {premises.phrases.ask('more')}".strip(), fresh)


def _calling(said: str, after: CallState, step: FlowStep, premises: Premises) -> Step:
    """The call of a tool: at once, or behind a yes where the owner wants one."""
    values = values_of(after)
    number = after.proposals + 1
    arguments = arguments_of(step, values)
    proposal = Proposal(f"p{number}", "call", {"tool": step.text, "arguments": arguments})
    after = replace(after, proposals=number)
    if not step.confirm:
        return Step(said, replace(after, asked=None), write=proposal)
    asked = f"{said} {filled(step.confirm, values)}".strip()
    return Step(asked, replace(after, asked="confirm", proposal=proposal))


def called(step: Step, proposal: Proposal, outcome: Outcome | None, premises: Premises) -> Step:
    """The flow behind the call of a tool; where that failed, or could not be made, it is said, and the flow ends."""
    phrases = premises.phrases
    name, arguments = proposal.values["tool"], proposal.values["arguments"]
    effect = {"type": "called", "tool": name, "arguments": arguments, "ok": bool(outcome and outcome.ok)}
    if outcome is None or not outcome.ok:
        log.error("The tool %s of the flow %s could not be called.", name, step.after.flow)
        said = f"{phrases.say('no_tool')} {phrases.ask('more')}"
        return Step(said, CallState(asked="more", proposals=step.after.proposals), effects=(*step.effects, effect))
    after = replace(step.after, at=step.after.at + 1, asked=None).filled(result=Filled(outcome.text, ""))
    following = flowed(after, premises)
    before = "" if step.said == phrases.ask("more") else step.said
    return replace(following.behind(before), effects=(*step.effects, effect, *following.effects))


def _of(conversation: CallState, premises: Premises) -> Flow:
    return next(flow for flow in premises.agent.flows if flow.name == conversation.flow)
