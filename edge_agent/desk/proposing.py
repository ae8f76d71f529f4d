"""Proposing: a complete form -> the proposal, and the sentence that reads it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from edge_agent.desk.booking.ledger import Booking
from edge_agent.desk.conversation import CallState, Proposal, ProposalKind
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.phone import spoken
from edge_agent.desk.step import Step


def propose(conversation: CallState, premises: Premises) -> Step:
    """The proposal of the form as it is, read back. The yes to it counts for its id alone."""
    number = conversation.proposals + 1
    kind = cast(ProposalKind, conversation.task or "form")
    values: dict[str, Any] = {
        name: filled.value for name, filled in conversation.form.items() if filled.value != "" and name != "staff"
    }
    if kind == "waiting":
        values |= {"wish": _wish(conversation, premises), "looks_for": conversation.wish.to_json()}
        values |= {"staff": staff} if (staff := conversation.text("staff")) else {}
    is_unsure = kind not in ("move", "cancel") and conversation.name_is_unsure
    if is_unsure:
        values |= {"name_unsure": True, "name_heard": list(conversation.names)}
    proposal = Proposal(f"p{number}", kind, values, conversation.opening, conversation.booking)
    said = read_back(proposal, conversation, premises)
    if is_unsure:
        said = f"{premises.phrases.say('name_unsure')} {said}"
    return Step(said, replace(conversation, proposals=number, proposal=proposal, asked="confirm", offers=()))


def read_back(proposal: Proposal, conversation: CallState, premises: Premises) -> str:
    """The sentence that says all that a yes would do, and asks for it."""
    phrases, opening = premises.phrases, proposal.opening
    name = conversation.form.get("name")
    is_spelled = name is not None and name.is_sure and bool(conversation.refused)
    details = details_of(proposal.values, premises, is_spelled=is_spelled)
    match proposal.kind:
        case "book" if opening:
            return phrases.say(
                "read_back",
                what=what(str(proposal.values.get("service", "")) or premises.service_of(conversation).name, premises),
                with_=_with(opening.staff, premises),
                when=phrases.moment(opening.start, premises.now),
                details=details,
            )
        case "move" if opening and proposal.booking:
            old = premises.ledger.booking(proposal.booking)
            return phrases.say(
                "read_back_move",
                old=phrases.moment(old.start, premises.now),
                when=phrases.moment(opening.start, premises.now),
                with_=_with(opening.staff, premises),
            )
        case "cancel" if proposal.booking:
            old = premises.ledger.booking(proposal.booking)
            return phrases.say(
                "read_back_cancel",
                what=what(old.service, premises),
                with_=_with(old.staff, premises),
                when=phrases.moment(old.start, premises.now),
            )
        case "waiting":
            wish = str(proposal.values.get("wish", ""))
            service = conversation.text("service")
            return phrases.say(
                "read_back_wait",
                what=phrases.part("for_what", what=what(service, premises)) if service else "",
                wish=phrases.part("wish", wish=wish) if wish else "",
                details=details,
            )
        case "message":
            return phrases.say("read_back_message", message=proposal.values.get("message", ""), details=details)
        case _:
            return phrases.say("read_back_form", details=details.removeprefix(", "))


def told_apart(booking: Booking, premises: Premises) -> str:
    """An appointment among others of the same caller."""
    when = premises.phrases.moment(booking.start, premises.now)
    return premises.phrases.part(
        "told_apart", what=what(booking.service, premises), with_=_with(booking.staff, premises), when=when
    )


def told(kind: ProposalKind, start: datetime | None, staff: str, service: str, premises: Premises) -> str:
    """The sentence that it was done; for behind the commit alone."""
    phrases = premises.phrases
    name = {"book": "booked", "move": "moved", "cancel": "cancelled"}.get(kind, kind)
    when = phrases.moment(start, premises.now) if start else ""
    return phrases.done(name, what=what(service, premises), with_=_with(staff, premises), when=when)


def what(service: str, premises: Premises) -> str:
    """ "a check-up", "an examination"; an appointment where there are no services."""
    phrases = premises.phrases
    if not service:
        return phrases.part("appointment")
    if phrases.hears("no_article", service):
        return service
    return phrases.part("an_service" if phrases.pattern("vowel_sound").match(service) else "a_service", service=service)


def _with(staff: str, premises: Premises) -> str:
    """The words for whom it is with, or for the table."""
    if not staff:
        return ""
    return premises.phrases.part("at_thing" if premises.phrases.hears("things", staff) else "with", staff=staff)


def details_of(values: dict[str, Any] | Any, premises: Premises, *, is_spelled: bool = False) -> str:
    """The name, the number in groups, and the answers to the owner's questions. `is_spelled`: the name was misheard,
    and its letters are read back too."""
    phrases, parts = premises.phrases, []
    if name := values.get("name"):
        parts.append(phrases.part("for", name=name))
        if is_spelled:
            parts.append(phrases.part("spelled", letters=", ".join(" ".join(word) for word in name.upper().split())))
    if phone := values.get("phone"):
        parts.append(phrases.part("phone", phone=spoken(str(phone), premises.region)))
    if email := values.get("email"):
        parts.append(phrases.part("email", email=email))
    for slot in premises.agent.asks:
        if slot.id in values:
            value = values[slot.id]
            word = phrases.part("yes" if value else "no") if isinstance(value, bool) else value
            if slot.type in ("date", "date_of_birth"):
                say = phrases.day if slot.type == "date" else phrases.birthday
                word = say(date.fromisoformat(str(value)), premises.now)
            parts.append(phrases.part("detail", label=slot.id.replace("_", " "), value=word))
    return "".join(parts)


def _wish(conversation: CallState, premises: Premises) -> str:
    """The wish in words, as far as it is told easily."""
    day = conversation.wish.one_day
    return premises.phrases.day(day, premises.now) if day else ""
