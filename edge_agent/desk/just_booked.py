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
from edge_agent.desk.wish import TimeWish


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
    is_changed = bool(read_shift(words, phrases)) or phrases.hears("moves_it", said)
    is_changed |= phrases.hears("wrong_time", said)
    is_changed |= changes and (phrases.hears("goes_elsewhere", said) or phrases.hears("makes_it", said))
    is_changed |= bool(found.wish or "staff" in found.values) and (changes or phrases.hears("corrects", said))
    return (
        identified(_changed(about, found, booking, same_time=phrases.hears("same_time", said)), premises)
        if is_changed and not is_other
        else None
    )


def _about(booking: Booking, conversation: CallState) -> CallState:
    """The call as it is once its owner has shown who they are: this was their call."""
    form = dict(conversation.form)
    if booking.service:
        form["service"] = Filled(booking.service, "")
    if booking.staff:
        form["staff"] = Filled(booking.staff, "")
    return replace(conversation, task="move", booking=booking.id, form=form, opening=None, asked=None)


def _changed(about: CallState, found: FoundValues, booking: Booking, *, same_time: bool) -> CallState:
    """What is to be moved, and to when: a time alone is of the same day, somebody else of the same time."""
    wish, start = found.wish, booking.start
    if not wish and "staff" in found.values:
        wish = TimeWish(clocks=(start.hour * 60 + start.minute,))
    if same_time and wish and not wish.clocks:
        wish = replace(wish, clocks=(start.hour * 60 + start.minute,))
    return replace(about.filled(**found.values), wish=_on_its_day(wish, booking) if wish else wish)


def _on_its_day(wish: TimeWish, booking: Booking) -> TimeWish:
    """The wish; a time alone is one of the day of the appointment."""
    day = booking.start.date()
    return wish if wish.days else TimeWish(((day, day),)).with_more(wish)


def _once_more(words: str, booking: Booking, conversation: CallState, premises: Premises) -> Step:
    """Another appointment of the same kind, with the same person where that is said to be the same."""
    about = _about(booking, conversation)
    found = understood(words, replace(about, task="book", booking=None), premises)
    kept = ("service", "staff") if premises.phrases.hears("same", plain(words)) else ("service",)
    known = {
        slot: each
        for slot, each in conversation.form.items()
        if slot != "name" or not is_for_another(words, premises.phrases)
    }
    form = {**known, **about.only(*kept), **found.values}
    wish = _on_its_day(found.wish, booking) if found.wish else found.wish
    return go_on(replace(conversation, task="book", form=form, wish=wish, asked=None), premises)
