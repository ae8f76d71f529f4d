"""Just booked: what is said of the appointment that was made in this call: changed, told again, made once more."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.asking import go_on
from edge_agent.desk.booking.ledger import Booking
from edge_agent.desk.changing import identified
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.hearing import FoundValues, understood
from edge_agent.desk.naming import is_for_another
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import told_apart
from edge_agent.desk.readers.when import read_shift
from edge_agent.desk.step import Step
from edge_agent.desk.wish import TimeWish, minute_of


def of_just(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """What comes of words about it. None: they are about something else, or nothing was booked."""
    if conversation.just is None or conversation.task:
        return None
    phrases, said = premises.phrases, plain(words)
    booking = premises.ledger.booking(conversation.just)
    about = _about(booking, conversation)
    if phrases.hears("cancels_it", said):
        return identified(replace(about, task="cancel"), premises)
    if phrases.hears("asks_again", said):
        listed = phrases.listed([told_apart(booking, premises)])
        return Step(f"{phrases.say('yours', listed=listed)} {phrases.ask('more')}", conversation)
    if phrases.hears("same_again", said):
        return _once_more(words, booking, conversation, premises)
    changes = phrases.hears("changes_it", said)
    found = understood(words, replace(about, asked="when" if changes else None), premises)
    is_other = "service" in found.values or phrases.hears("nothing_more", said) or phrases.hears("drops_out", said)
    is_changed = bool(read_shift(words, phrases, booking.start)) or phrases.hears("moves_it", said)
    is_changed |= phrases.hears("wrong_time", said)
    is_changed |= changes and (phrases.hears("goes_elsewhere", said) or phrases.hears("makes_it", said))
    is_changed |= bool(found.wish or "staff" in found.values) and (changes or phrases.hears("corrects", said))
    if is_other or not is_changed:
        return None
    return identified(_changed(about, found, booking, same_time=phrases.hears("same_time", said)), premises)


def _about(booking: Booking, conversation: CallState) -> CallState:
    """The call as it is once its owner has shown who they are: this was their call."""
    form = dict(conversation.form)
    if booking.service:
        form["service"] = Filled(booking.service, "")
    if booking.staff:
        form["staff"] = Filled(booking.staff, "")
    return replace(conversation, task="move", booking=booking.id, form=form, opening=None, asked=None)


def _changed(about: CallState, found: FoundValues, booking: Booking, *, same_time: bool) -> CallState:
    """What is to be moved, and to when: somebody else has it at the same time."""
    wish = found.wish
    if not wish and "staff" in found.values:
        wish = TimeWish(clocks=(minute_of(booking.start),))
    return replace(about.filled(**found.values), wish=wish, same_time=same_time)


def _once_more(words: str, booking: Booking, conversation: CallState, premises: Premises) -> Step:
    """Another appointment of the same kind, with the same person where that is said to be the same."""
    about = _about(booking, conversation)
    found = understood(words, replace(about, task="book", booking=None), premises)
    kept = ("service", "staff") if premises.phrases.hears("same", plain(words)) else ("service",)
    if is_for_another(words, premises.phrases):
        conversation = conversation.of_somebody_else()
    form = {**conversation.form, **about.only(*kept), **found.values}
    wish = found.wish
    if wish and not wish.days:  # a time alone is one of the day of the appointment
        wish = TimeWish.on(booking.start.date()).with_more(wish)
    return go_on(replace(conversation, task="book", form=form, wish=wish, asked=None), premises)
