"""Premises: what a turn is decided by besides the conversation: the owner's file, what is free, the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from edge_agent.desk.answers import AnswerFolder
from edge_agent.desk.booking.ledger import BookingLedger
from edge_agent.desk.booking.openings import Openings
from edge_agent.desk.conversation import CallState, Task
from edge_agent.desk.file import AgentFile, AskedSlot, Service
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.readers.named import OwnersNames

NAMED = 4
"""So many names are read out in a question; more are not."""


class Extracts(Protocol):
    """The LLM, where there is one."""

    def copied(self, words: str, slot: str) -> str:
        """The words for a slot; "": none."""
        ...


@dataclass(frozen=True, slots=True)
class Premises:
    """All of it, at one moment."""

    agent: AgentFile
    phrases: DeskPhrases
    ledger: BookingLedger
    openings: Openings
    now: datetime
    answers: AnswerFolder | None = None
    extractor: Extracts | None = None
    caller: str = ""
    """The number that the call comes from."""

    @property
    def region(self) -> str:
        return self.agent.business.phone_region

    @property
    def services(self) -> OwnersNames:
        return self._known(tuple((each.name, each.hears) for each in self.agent.services))

    @property
    def staff(self) -> OwnersNames:
        return self._known(tuple((each.name, each.hears) for each in self.agent.staff))

    def with_services_named(self, words: str) -> str:
        """The words, plain, with "appointment" in place of the owner's names for what is booked: "my haircut"."""
        for each in sorted(self.services.find(words), key=lambda each: -each.first):
            words = f"{words[: each.first]}{self.phrases.part('an_appointment')}{words[each.last :]}"
        return plain(words)

    def _known(self, names: tuple[tuple[str, tuple[str, ...]], ...]) -> OwnersNames:
        return _names(names, tuple(self.phrases.values["names"]["generic"]))

    def service_of(self, conversation: CallState) -> Service:
        """What is to be booked; the shortest one where that is not known yet."""
        name = conversation.text("service")
        if not name and len(self.agent.services) > 1:
            return min(self.agent.services, key=lambda each: each.minutes)
        return self.agent.service(name or None)

    def slots(self, task: Task) -> tuple[str, ...]:
        """What a task needs, in the order in which it is asked."""
        if task in ("move", "cancel", "look"):
            proof = tuple(slot for slot in ("name", "phone") if slot in self.agent.booking.change)
            return (*proof, "when") if task == "move" else proof
        if task == "message":
            return ("message", "name", "phone")
        if task == "waiting":
            return (*(slot for slot in ("service",) if slot in self.agent.booking.ask), "name", "phone")
        if task == "flow":
            return tuple(slot.id for flow in self.agent.flows for slot in flow.slots)
        if task == "form":
            return self.agent.leads.ask or tuple(each.id for each in self.agent.asks) or ("name", "phone")
        listed = self.agent.booking.ask
        if self.agent.kind == "leads":
            return listed
        return (*listed, *(each.id for each in self.agent.asks if each.id not in listed))

    def own(self, slot: str) -> AskedSlot | None:
        """The owner's question of that id."""
        of_flows = (each for flow in self.agent.flows for each in flow.slots)
        return next((each for each in (*self.agent.asks, *of_flows) if each.id == slot), None)

    def asked_of(self, conversation: CallState) -> tuple[AskedSlot, ...]:
        """The owner's questions that may be answered now: those of the flow, or the others."""
        flow = next((each for each in self.agent.flows if each.name == conversation.flow), None)
        return flow.slots if flow and conversation.task == "flow" else self.agent.asks

    def is_needed(self, slot: str, conversation: CallState) -> bool:
        """Whether a slot of the task is still to be asked."""
        if slot == "when":
            return conversation.opening is None
        if slot in conversation.form:
            return False
        if slot == "service":
            return len(self.agent.services) > 1
        if slot == "staff":
            return len(self.agent.staff_for(conversation.text("service") or None)) > 1
        return True

    @property
    def books(self) -> bool:
        """Whether there are appointments: a support desk with opening hours alone has none."""
        hours = any(self.agent.hours.week) and (self.agent.services or self.agent.kind == "receptionist")
        return bool(self.agent.booking.slots or hours)

    def few(self, names: Sequence[str]) -> bool:
        """Whether they can be read out."""
        return len(names) <= NAMED

    @property
    def hours(self) -> tuple[int, int]:
        """The minutes between which it is open at most."""
        spans = [span for day in self.agent.hours.week for span in day]
        if not spans:
            return (7 * 60, 20 * 60)
        return min(first for first, _ in spans), max(last for _, last in spans)


@lru_cache(64)
def _names(known: tuple[tuple[str, tuple[str, ...]], ...], generic: tuple[str, ...]) -> OwnersNames:
    return OwnersNames(known, generic)
