"""Writing: a proposal that was said yes to goes through the gate; what is told of it, and what if its time has gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge_agent.desk.asking import go_on, offered
from edge_agent.desk.booking.ledger import Booking
from edge_agent.desk.conversation import CallState, Filled, Proposal
from edge_agent.desk.limits import TooMany, too_many
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import told, what
from edge_agent.desk.settling import Settled, settle
from edge_agent.desk.step import Step
from edge_agent.desk.wish import TimeWish, minute_of


def written(proposal: Proposal, call: str, look: Callable[[], Premises]) -> Booking | None:
    """The appointment that was written, moved or cancelled; None for what is only noted. `look` tells what is free,
    anew each time: it is asked within the transaction. Raises RecordsError; TimeGone, where the time is taken, and
    TooMany, whose text is for the caller, where no more may be booked."""
    premises = look()
    key, now, ledger = (call, proposal.id), premises.now, premises.ledger
    service = premises.agent.service(str(proposal.values.get("service") or "") or None)
    opening = proposal.opening

    def is_free() -> bool:
        if proposal.kind == "book" and (said := too_many(str(proposal.values.get("phone") or ""), premises)):
            raise TooMany(said)
        openings = look().openings.for_moving(proposal.booking or 0)
        found = opening and openings.at(opening.start, service, opening.staff)
        return found == opening

    if proposal.kind == "book" and opening:
        who = {name: value for name, value in proposal.values.items() if name not in ("service", "staff")}
        return ledger.book(key, opening, service, who, is_free, now)
    if proposal.kind == "move" and opening and proposal.booking:
        return ledger.move(key, proposal.booking, opening, service, is_free)
    if proposal.kind == "cancel" and proposal.booking:
        return ledger.cancel(key, proposal.booking)
    ledger.note(key, proposal.kind, proposal.values, now)
    return None


def told_of(proposal: Proposal, premises: Premises) -> str:
    """The sentence that is true once the proposal is written."""
    old = premises.ledger.booking(proposal.booking) if proposal.booking else None
    opening = proposal.opening
    service = old.service if old else premises.agent.service(str(proposal.values.get("service") or "") or None).name
    start = opening.start if opening else old.start if old else None
    staff = opening.staff if opening else old.staff if old else ""
    return told(proposal.kind, start, staff, service, premises)


def also_booked(service: str, conversation: CallState, premises: Premises) -> Step:
    """What comes behind a first appointment, where two things were wanted: the other one, behind it on its day if that
    is free. What was asked of the caller is not asked again."""
    form = {
        **{slot: each for slot, each in conversation.form.items() if slot != "staff"},
        "service": Filled(service, service),
    }
    fresh = replace(conversation, task="book", form=form, asked=None)
    after = replace(fresh, wish=_behind(premises.ledger.booking(conversation.just))) if conversation.just else fresh
    settled = settle(after, premises)
    step = offered(after, settled, premises) if settled.offers and not settled.said else go_on(fresh, premises)
    return step.behind(premises.phrases.say("also", what=what(service, premises)))


def _behind(booking: Booking) -> TimeWish:
    """Any time of that day once it is over."""
    day, end = booking.start.date(), booking.end
    if end.date() != day:
        return TimeWish()
    return replace(TimeWish.on(day), spans=((minute_of(end), 24 * 60),))


def lost(conversation: CallState, premises: Premises) -> Step:
    """Somebody else has the time now: it is told, and others are offered."""
    after = replace(conversation, proposal=None, opening=None)
    settled = settle(after, premises)
    found = offered(after, replace(settled, said="") if settled.offers else Settled(), premises)
    return found.behind(premises.phrases.say("lost"))
