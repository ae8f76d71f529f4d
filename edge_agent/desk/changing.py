"""Changing: an appointment is moved or cancelled by whoever knows the number and the name that it was made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from edge_agent.desk.asking import ask, chosen, go_on, offered
from edge_agent.desk.booking.ledger import Booking
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.hearing import FoundValues, understood
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import propose, told_apart
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.readers.person import is_alike
from edge_agent.desk.readers.phone import is_same
from edge_agent.desk.readers.when import read_shift
from edge_agent.desk.settling import Settled, settle
from edge_agent.desk.step import Step
from edge_agent.desk.wish import TimeWish, minute_of


def identified(conversation: CallState, premises: Premises) -> Step:
    """The next thing to be said of a change: who it is, which appointment, what it is changed to."""
    if conversation.booking is None:
        for slot in premises.slots("cancel"):
            if slot not in conversation.form:
                return ask(conversation, slot, premises)
        theirs = _theirs(conversation, premises)
        if not theirs:
            return _refused(conversation, premises)
        meant = _meant(theirs, conversation) or theirs
        if conversation.task == "look":
            return _told(conversation, meant, premises)
        if len(meant) > 1:
            return _asked_which(conversation, meant, premises)
        conversation = _with(conversation, meant[0])
    premises = replace(premises, openings=premises.openings.for_moving(conversation.booking or 0))
    if conversation.task == "cancel":
        return propose(conversation, premises)
    conversation = _from_there(conversation, premises)
    if not conversation.wish:
        return ask(conversation, "when", premises)
    if conversation.opening is None:
        settled = _at_the_same_time(settle(conversation, premises), conversation, premises)
        if settled.opening is None:
            return offered(conversation, settled, premises)
        conversation = chosen(conversation, settled.opening)
    return propose(conversation, premises)


def _from_there(conversation: CallState, premises: Premises) -> CallState:
    """The conversation with a wish that is told from where the appointment is, now that it is known: "back an hour", or
    a time alone, which is one of its day."""
    wish, start = conversation.wish, premises.ledger.booking(conversation.booking or 0).start
    if conversation.shift and not wish:
        wish = TimeWish.at(start.replace(tzinfo=None) + conversation.shift)  # by the wall clock
    elif wish and conversation.same_time and not wish.clocks:
        wish = replace(wish, clocks=(minute_of(start),), spans=())
    elif wish and not wish.days:
        wish = TimeWish.on(start.date()).with_more(wish)
    return replace(conversation, wish=wish, shift=timedelta())


def _at_the_same_time(settled: Settled, conversation: CallState, premises: Premises) -> Settled:
    """What is offered of another day, with the time of day that it has now ahead, where that is free."""
    wish, day = conversation.wish, conversation.wish.one_day
    if settled.opening or day is None or wish.clocks or wish.spans or conversation.booking is None:
        return settled
    start = premises.ledger.booking(conversation.booking).start
    same = replace(wish, clocks=(minute_of(start),))
    found = settle(replace(conversation, wish=same), premises).opening
    others = [each for each in settled.offers if found is None or each.start != found.start]
    offers = (
        sorted((found, *others[: len(settled.offers) - 1]), key=lambda each: each.start) if found else settled.offers
    )
    return replace(settled, offers=tuple(offers))


def _with(conversation: CallState, booking: Booking) -> CallState:
    """The conversation about that appointment. A time that was said of none of theirs is the one to which it is
    moved."""
    form = dict(conversation.form)
    if booking.service:
        form["service"] = Filled(booking.service, "")
    if booking.staff and "staff" not in form:
        form["staff"] = Filled(booking.staff, "")
    wish, which = conversation.wish, conversation.which
    if not wish and not which.allows(booking.start):
        wish = which
    return replace(conversation, form=form, booking=booking.id, wish=wish, which=TimeWish())


def _theirs(conversation: CallState, premises: Premises) -> list[Booking]:
    """Their appointments that are still to come, the next one first."""
    change = premises.agent.booking.change
    name, phone = conversation.text("name"), conversation.text("phone")
    return [
        booking
        for booking in premises.ledger.bookings()
        if booking.end >= premises.now
        and ("phone" not in change or is_same(booking.phone, phone))
        and ("name" not in change or is_alike(booking.name, name))
    ]


def _meant(theirs: Sequence[Booking], conversation: CallState) -> list[Booking]:
    """Those of them that what was said fits: the time, what it is, whom it is with."""
    service, staff = conversation.text("service"), conversation.text("staff")
    return [
        each
        for each in theirs
        if conversation.which.allows(each.start) and service in ("", each.service) and staff in ("", each.staff)
    ]


def _told(conversation: CallState, theirs: Sequence[Booking], premises: Premises) -> Step:
    """What they have booked, to who has shown that it is theirs."""
    listed = premises.phrases.listed([told_apart(each, premises) for each in theirs])
    after = CallState(form=conversation.only("name", "phone"), proposals=conversation.proposals, asked="more")
    return Step(f"{premises.phrases.say('yours', listed=listed)} {premises.phrases.ask('more')}", after)


def _asked_which(conversation: CallState, meant: Sequence[Booking], premises: Premises) -> Step:
    """They have several: which one is asked."""
    phrases = premises.phrases
    listed = phrases.listed([told_apart(each, premises) for each in meant], "or")
    after = replace(conversation, asked="which", proposal=None, offers=())
    return Step(phrases.ask("which", conversation.tries.get("which", 0), listed=listed), after)


def which_of(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The answer to which of their appointments it is. None: the words are about something else."""
    if conversation.asked != "which":
        return None
    theirs = _theirs(conversation, premises)
    theirs = _meant(theirs, conversation) or theirs
    phrases, said = premises.phrases, plain(words)
    found = understood(words, conversation, premises)
    fitting = _meant(theirs, conversation.filled(**found.values)) if found.values else theirs
    fitting = [each for each in fitting if found.wish.allows(each.start)]
    for at, name in enumerate(("the_first", "the_second", "the_third")):
        if phrases.hears(name, said) and at < len(theirs) and (not found or len(fitting) != 1):
            fitting = [theirs[at]]
    if len(fitting) == 1:
        return identified(_with(conversation, fitting[0]), premises)
    answer = consent(words, phrases)
    if answer.yes is False and not answer.rest:
        form = conversation.only("name", "phone")
        fresh = CallState(form=form, proposals=conversation.proposals, booked=conversation.booked, asked="more")
        return Step(f"{phrases.say('denied')} {phrases.ask('more')}", fresh)
    if {"name", "phone"} & set(found.values):
        return None
    return _asked_which(conversation.missed("which"), theirs, premises)


def aimed(words: str, before: CallState, after: CallState, found: FoundValues, premises: Premises) -> CallState:
    """The conversation with the time of the appointment and the one to which it is moved told apart: "move the one on
    Thursday to Friday". Of a time without a "to" it shows once their appointments are known."""
    if after.task not in ("move", "cancel") or after.booking is not None:
        return after
    if after.task == "move" and premises.phrases.hears("same_time", plain(words)):
        after = replace(after, same_time=True)
    if after.task == "move" and (by := read_shift(words, premises.phrases)):
        after = replace(after, shift=by)
    if not found.wish:
        return after
    which, wish = found.wish, before.wish
    if after.task == "move":
        for to in premises.phrases.pattern("moved_to").finditer(words):
            if target := understood(words[to.end() :], before, premises).wish:
                which, wish = understood(words[: to.start()], before, premises).wish, wish.with_more(target)
    return replace(after, which=after.which.with_more(which), wish=wish)


def _refused(conversation: CallState, premises: Premises) -> Step:
    """The same words whether the number or the name is another one: nobody learns who has an appointment."""
    form = {slot: value for slot, value in conversation.form.items() if slot not in ("name", "phone")}
    after = replace(conversation, form=form, asked="take_message", task="", misses=conversation.misses + 1)
    return Step(premises.phrases.say("refused"), after)


def resumed(conversation: CallState, premises: Premises) -> Step:
    """What comes next, whatever the task."""
    of_theirs = conversation.task in ("move", "cancel", "look")
    return identified(conversation, premises) if of_theirs else go_on(conversation, premises)
