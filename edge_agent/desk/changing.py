"""Changing: an appointment is moved or cancelled by whoever knows the number and the name that it was made with."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.asking import ask, chosen, go_on, offered
from edge_agent.desk.booking.ledger import Booking
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import propose
from edge_agent.desk.readers.phone import is_same
from edge_agent.desk.settling import settle
from edge_agent.desk.step import Step
from edge_agent.desk.wish import TimeWish

_ALIKE = 82
"""How alike, of 100, a name must be to the one of the appointment, where the number is the same."""


def identified(conversation: CallState, premises: Premises) -> Step:
    """The next thing to be said of a change: who it is, which appointment, what it is changed to."""
    if conversation.booking is None:
        for slot in premises.slots("cancel"):
            if slot not in conversation.form:
                return ask(conversation, slot, premises)
        booking = _found(conversation, premises)
        if booking is None:
            return _refused(conversation, premises)
        conversation = _with(conversation, booking)
    premises = replace(premises, openings=premises.openings.for_moving(conversation.booking or 0))
    if conversation.task == "cancel":
        return propose(conversation, premises)
    if not conversation.wish:
        return ask(conversation, "when", premises)
    if conversation.opening is None:
        settled = settle(conversation, premises)
        if settled.opening is None:
            return offered(conversation, settled, premises)
        conversation = chosen(conversation, settled.opening)
    return propose(conversation, premises)


def _with(conversation: CallState, booking: Booking) -> CallState:
    """The conversation about that appointment. The day that it was found by is not the one to which it is moved."""
    form = dict(conversation.form)
    if booking.service:
        form["service"] = Filled(booking.service, "")
    if booking.staff and "staff" not in form:
        form["staff"] = Filled(booking.staff, "")
    wish = conversation.wish
    if wish.days and all(first == last == booking.start.date() for first, last in wish.days) and not wish.clocks:
        wish = TimeWish()
    return replace(conversation, form=form, booking=booking.id, wish=wish)


def _found(conversation: CallState, premises: Premises) -> Booking | None:
    """Their next appointment."""
    from rapidfuzz.fuzz import token_set_ratio

    change = premises.agent.booking.change
    name, phone = conversation.text("name"), conversation.text("phone")
    for booking in premises.ledger.bookings():
        if booking.end < premises.now:
            continue
        if "phone" in change and not is_same(booking.phone, phone):
            continue
        if "name" in change and token_set_ratio(booking.name.casefold(), name.casefold()) < _ALIKE:
            continue
        return booking
    return None


def _refused(conversation: CallState, premises: Premises) -> Step:
    """The same words whether the number or the name is another one: nobody learns who has an appointment."""
    form = {slot: value for slot, value in conversation.form.items() if slot not in ("name", "phone")}
    after = replace(conversation, form=form, asked="take_message", task="", misses=conversation.misses + 1)
    return Step(premises.phrases.say("refused"), after)


def resumed(conversation: CallState, premises: Premises) -> Step:
    """What comes next, whatever the task."""
    return (
        identified(conversation, premises) if conversation.task in ("move", "cancel") else go_on(conversation, premises)
    )
