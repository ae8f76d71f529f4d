"""Waiting: who waits for a time that was not free, and what has come free for them. Nothing is held for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_agent.act.calendar import Calendar
from edge_agent.desk.booking.ledger import BookingLedger
from edge_agent.desk.booking.mirror import NAME as MIRROR
from edge_agent.desk.booking.openings import FreeTime, Openings
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.file import AgentFile
from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.person import is_alike
from edge_agent.desk.readers.phone import is_same
from edge_agent.desk.settling import settle
from edge_agent.desk.wish import TimeWish


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody on the waiting list."""

    name: str
    phone: str
    service: str
    staff: str
    wish: TimeWish
    said: str
    """The wish in words; "" for any time."""

    def __str__(self) -> str:
        """Returns what they wait for, and who they are, in a line."""
        return " ".join(filter(None, (self.service, self.staff, self.said, self.name, self.phone)))

    def to_json(self, free: FreeTime | None) -> dict[str, Any]:
        """Returns them with the time that is free for them now, if there is one."""
        told = {"name": self.name, "phone": self.phone, "service": self.service, "staff": self.staff, "wish": self.said}
        return {**told, "free": free.start.isoformat() if free else None}


def waiter_of(values: dict[str, Any]) -> Waiter:
    """The one of a note of the ledger."""
    wish = TimeWish.from_json(values["looks_for"]) if "looks_for" in values else TimeWish()
    name, phone, service, staff, said = (
        str(values.get(key) or "") for key in ("name", "phone", "service", "staff", "wish")
    )
    return Waiter(name, phone, service, staff, wish, said)


def free_for(waiter: Waiter, premises: Premises) -> FreeTime | None:
    """The first time that is free now and is as they would like it."""
    settled = settle(CallState("book", form_of(waiter), waiter.wish), premises)
    if settled.opening or settled.said:
        return settled.opening
    return next(iter(settled.offers), None)


def form_of(waiter: Waiter) -> dict[str, Filled]:
    """What is known of the appointment that they wait for."""
    return {slot: Filled(value, "") for slot in ("service", "staff") if (value := getattr(waiter, slot))}


def waiters(agent: AgentFile, ledger: BookingLedger, now: datetime) -> Iterator[tuple[Waiter, FreeTime | None]]:
    """Those who wait, the longest first, each with what has come free for them."""
    openings = Openings(agent, Calendar(agent.folder), ledger.taken, now, MIRROR)
    premises = Premises(agent, phrases_of("en"), ledger, openings, now)
    for values in ledger.waiting():
        waiter = waiter_of(values)
        yield waiter, free_for(waiter, premises)


def listed(agent: AgentFile, state: Path, now: datetime) -> list[tuple[Waiter, FreeTime | None]]:
    """The same of what is kept in the folder `state`. Raises RecordsError."""
    ledger = BookingLedger(state, agent.business.timezone, agent.privacy.keep)
    try:
        return list(waiters(agent, ledger, now))
    finally:
        ledger.close()


def free_told(free: FreeTime | None) -> str:
    """What is said of the time that is free for one of them, in a list."""
    return f"{free.start:%Y-%m-%d %H:%M}" if free else "nothing free yet"


def known_waiter(conversation: CallState, premises: Premises) -> Waiter | None:
    """The caller, if they wait. To a number alone what it waits for is not told: they have to name it themselves."""
    phone, name = conversation.text("phone") or premises.caller, conversation.text("name")
    found = [each for each in map(waiter_of, premises.ledger.waiting()) if phone and is_same(each.phone, phone)]
    for waiter in found:
        is_proven = conversation.task == "waiting" and is_alike(waiter.name, name)
        if is_proven or (conversation.task == "book" and conversation.text("service") == waiter.service):
            return waiter
    return None
