"""Limits: how many appointments one number may have, and all calls of a day may make: a calendar is not booked full for
fun."""

from __future__ import annotations

from datetime import time

from edge_agent.act.times.almanac import local
from edge_agent.desk.conversation import CONTACT, CallState
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.phone import is_same
from edge_agent.desk.step import Step
from edge_agent.errors import RecordsError


class TooMany(RecordsError):
    """No more may be booked. Nothing was written."""


def too_many(phone: str, premises: Premises) -> str:
    """Why no more may be booked under a number, in words; "": they may."""
    rules, ledger, now = premises.agent.booking, premises.ledger, premises.now
    ahead = sum(each.end >= now and is_same(each.phone, phone) for each in ledger.bookings()) if phone else 0
    if rules.max_per_phone and ahead >= rules.max_per_phone:
        return premises.phrases.say("too_many_of_number")
    if rules.max_per_day and ledger.made_since(local(now.date(), time(), now)) >= rules.max_per_day:
        return premises.phrases.say("too_many_today")
    return ""


def refused(said: str, conversation: CallState, premises: Premises) -> Step:
    """The booking is dropped, for that reason."""
    after = CallState(
        form=conversation.only(*CONTACT),
        proposals=conversation.proposals,
        booked=conversation.booked,
        tries=conversation.tries,
        names=conversation.names,
        asked="more",
    )
    return Step(f"{said} {premises.phrases.ask('more')}", after)
