"""Asking: what comes next: the first slot that is empty, a time that is offered, or the proposal that is read back."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.flowing import flowed
from edge_agent.desk.limits import refused, too_many
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import propose, what
from edge_agent.desk.selling import decided
from edge_agent.desk.settling import Settled, settle
from edge_agent.desk.step import Step
from edge_agent.desk.waiting import form_of, free_for, known_waiter
from edge_agent.desk.wish import TimeWish

OWN = ("service", "staff", "when", "name", "phone", "email", "message")


def go_on(conversation: CallState, premises: Premises) -> Step:
    """The next thing to be said, once all that was heard is in the form."""
    task = conversation.task
    if not task:
        return Step("", replace(conversation, asked=None, offers=(), proposal=None))
    if task == "flow":
        return flowed(conversation, premises)
    fitted = _fitted(conversation, premises)
    if fitted is not conversation:
        return go_on(fitted, premises).behind(_not_with(conversation, premises))
    if task in ("book", "waiting") and (step := _come_free(conversation, premises)):
        return step
    if task == "book" and conversation.wish and conversation.opening is None and _may_look(conversation, premises):
        settled = settle(conversation, premises)
        if settled.opening is None:
            return offered(conversation, settled, premises)
        conversation = chosen(conversation, settled.opening)
    for slot in premises.slots(task):
        if premises.is_needed(slot, conversation):
            return ask(conversation, slot, premises)
    if task == "form" and premises.agent.kind == "leads":
        callback = go_on(replace(conversation, task="book"), premises)
        return decided(conversation, premises) or callback.behind(premises.phrases.say("callback"))
    if task == "book" and (said := too_many(conversation.text("phone"), premises)):
        return refused(said, conversation, premises)
    return propose(conversation, premises)


def _come_free(conversation: CallState, premises: Premises) -> Step | None:
    """What somebody who waits for a time is told before all else: that there is one now, or none yet."""
    if conversation.wish or conversation.opening or conversation.is_told_free:
        return None
    waiter = known_waiter(conversation, premises)
    opening = free_for(waiter, premises) if waiter else None
    if waiter and opening:
        form = {**conversation.form, **form_of(waiter)}
        after = replace(conversation, task="book", form=form, is_told_free=True)
        return offered(after, Settled(offers=(opening,), said=premises.phrases.say("come_free")), premises)
    if waiter and conversation.task == "waiting":
        said = f"{premises.phrases.say('waits_already')} {premises.phrases.ask('more')}"
        return Step(said, replace(conversation, task="", asked="more"))
    return None


def _may_look(conversation: CallState, premises: Premises) -> bool:
    """Whether enough is known to look for a time: with whom, and for how long."""
    ahead = premises.slots("book")
    ahead = ahead[: ahead.index("when")] if "when" in ahead else ahead
    return not any(premises.is_needed(slot, conversation) for slot in ("service", "staff") if slot in ahead)


def _fitted(conversation: CallState, premises: Premises) -> CallState:
    """The conversation without a member of staff who does not do what is wanted, and with all that they do."""
    service, staff = conversation.text("service"), conversation.text("staff")
    if staff and not service and "service" in premises.slots("book"):
        does = [each.name for each in premises.agent.services if staff in _able(each.name, premises)]
        return conversation.filled(service=Filled(does[0], staff)) if len(does) == 1 else conversation
    if staff and staff not in _able(service, premises):
        form = {name: value for name, value in conversation.form.items() if name != "staff"}
        conversation = replace(conversation, form=form, opening=None, proposal=None)
    return conversation


def _able(service: str, premises: Premises) -> list[str]:
    return [each.name for each in premises.agent.staff_for(service or None)]


def _not_with(conversation: CallState, premises: Premises) -> str:
    """That the one who was named does not do what is wanted; "" where nothing else was known to be wanted."""
    staff, service = conversation.text("staff"), conversation.text("service")
    if not service:
        return ""
    return premises.phrases.say("not_with", staff=staff, service=what(service, premises))


def chosen(conversation: CallState, opening: FreeTime) -> CallState:
    """That time is settled; what is said of it later changes it from there."""
    return replace(conversation, opening=opening, wish=TimeWish.at(opening.start), offers=(), proposal=None)


def offered(conversation: CallState, settled: Settled, premises: Premises) -> Step:
    """Why it is not as wished, and what there is."""
    phrases, now = premises.phrases, premises.now
    conversation = replace(conversation, opening=None, proposal=None, offers=(), asked="when")
    if settled.which:
        listed = phrases.listed([phrases.moment(each.start, now) for each in settled.which], "or")
        return Step(phrases.say("which_time", listed=listed), replace(conversation, offers=settled.which))
    if not settled.offers:
        said = settled.said or phrases.say("nothing")
        if not premises.agent.booking.waiting:
            return Step(f"{said} {phrases.ask('when')}".strip(), conversation)
        return Step(f"{said} {phrases.say('wait_offer')}", replace(conversation, asked="wait_offer"))
    wish = conversation.wish
    if not settled.said and not wish.days and wish.clocks:
        return Step(phrases.ask("day"), conversation)
    times = [phrases.moment(each.start, now) for each in settled.offers]
    if len({each.start.date() for each in settled.offers}) == 1 and len(times) > 1:
        times = [times[0], *(phrases.clock(each.start) for each in settled.offers[1:])]
    name = {1: "offer_one", 2: "offer_two"}.get(len(times), "offer_more")
    told = phrases.say(name, first=times[0], second=times[-1], listed=phrases.listed(times, "or"))
    question = phrases.say("offer_ask_one" if len(times) == 1 else "offer_ask")
    return Step(f"{settled.said} {told} {question}".strip(), replace(conversation, offers=settled.offers))


def offered_again(conversation: CallState, premises: Premises) -> Step:
    """The times that were offered, and no more of what was said with them."""
    step = offered(conversation, Settled(offers=conversation.offers), premises)
    return replace(step, after=replace(conversation, asked="when"))


def ask(conversation: CallState, slot: str, premises: Premises) -> Step:
    """Ask for a slot; another way, the more often it was asked for in vain."""
    said = question(conversation, slot, premises)
    if conversation.asked == slot and conversation.said.endswith(said):  # never twice in the same words
        conversation = replace(conversation, tries={**conversation.tries, slot: conversation.tries.get(slot, 0) + 1})
        said = question(conversation, slot, premises)
    return Step(said, replace(conversation, asked=slot, proposal=None))


def question(conversation: CallState, slot: str, premises: Premises) -> str:
    """The question for a slot."""
    phrases, tries = premises.phrases, conversation.tries.get(slot, 0)
    if own := premises.own(slot):
        again = phrases.values["again"].get(own.type, "") if tries else ""
        return f"{own.say} {again.format(choices=phrases.listed(own.choices, 'or'))}".strip()
    if slot == "when" and conversation.task == "move" and not tries and not conversation.wish:
        return phrases.ask("change_when")
    of_theirs = conversation.task in ("move", "cancel", "look") and not tries
    if slot == "name" and of_theirs:
        return phrases.ask("change_name")
    if slot == "phone" and of_theirs:
        return phrases.ask("change_phone")
    if slot == "when":
        day = conversation.wish.one_day
        if day and not conversation.wish.clocks:
            return phrases.ask("time", tries, day=phrases.day(day, premises.now))
        return phrases.ask("day" if conversation.wish.clocks and not conversation.wish.days else "when", tries)
    if slot in ("service", "staff"):
        service = conversation.text("service") or None
        names = [
            each.name for each in (premises.agent.services if slot == "service" else premises.agent.staff_for(service))
        ]
        field = {"services" if slot == "service" else "staff": phrases.listed(names, "or")}
        return phrases.ask(slot, tries, **field) if premises.few(names) else phrases.ask(f"{slot}_many", tries)
    return phrases.ask(slot, tries)
