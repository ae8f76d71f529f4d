"""Checking: what an owner should know of an agent's folder before anybody calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge_agent.desk.answers import AnswerFolder
from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.file import AgentFile, Service
from edge_agent.desk.premises import Premises

SAMPLE = 3
"""Free times that are shown of each service."""
DAYS_LOOKED_AT = 21
_CONFUSED = 84
"""How alike, of 100, two names must be to be taken for each other on the telephone."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found."""

    problems: tuple[str, ...]
    """What should be mended, a sentence each."""
    notes: tuple[str, ...]
    """What is worth knowing."""
    free: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    """The next free times, by service."""


def check(premises: Premises) -> Checked:
    """Looks through the whole agent as it would be called now."""
    agent = premises.agent
    problems = [*_staff(agent), *_lengths(agent), *_shared_words(agent)]
    answers = AnswerFolder(agent.folder, agent.answers)
    problems += answers.unreadable
    notes = [f"{answers.passages} passages can be quoted."] if answers.passages else []
    if not answers.passages:
        problems.append(f"There is nothing to quote in {agent.answers.folder}: every question is met with a message.")
    answers.close()
    if not agent.handoff.number:
        notes.append("[handoff] has no `number`: whoever asks for a person leaves a message.")
    if agent.kind != "receptionist" and not (any(agent.hours.week) or agent.booking.slots):
        return Checked(tuple(problems), tuple(notes))
    free = {}
    for service in agent.services or (Service("", agent.booking.minutes),):
        found = _free(service, premises)
        free[service.name] = tuple(each.start for each in found)
        if not found:
            name = f"for {service.name!r} " if service.name else ""
            problems.append(f"Nothing {name}is free in the next {DAYS_LOOKED_AT} days.")
    return Checked(tuple(problems), tuple(notes), free)


def _free(service: Service, premises: Premises) -> list[FreeTime]:
    """The first openings of different days."""
    found: list[FreeTime] = []
    for number in range(DAYS_LOOKED_AT):
        day = (premises.now + timedelta(days=number)).date()
        if openings := premises.openings.on(day, service):
            found.append(openings[0])
        if len(found) == SAMPLE:
            break
    return found


def _staff(agent: AgentFile) -> Iterator[str]:
    """Whoever does nothing, and what nobody does."""
    for service in agent.services:
        if agent.staff and not agent.staff_for(service.name):
            yield f"Nobody does {service.name!r}: no [[staff]] has it in `does`."
    for each in agent.staff:
        if agent.services and not each.does:
            yield f"{each.name} has no `does` and is booked for every service."
        if each.calendar and not (agent.folder / each.calendar).is_file():
            yield f"The calendar of {each.name}, {each.calendar}, is not in {agent.folder}."


def _lengths(agent: AgentFile) -> Iterator[str]:
    """Services that fit into no opening hours."""
    if agent.booking.slots:
        return
    for service in agent.services:
        needs = service.minutes
        for each in agent.staff_for(service.name):
            spans = [end - begin for day in (each.week or agent.hours.week) for begin, end in day]
            if spans and needs > max(spans):
                with_ = f" of {each.name}" if each.name else ""
                yield f"{service.name!r} takes {needs} minutes; the longest hours{with_} have {max(spans)}."


def _shared_words(agent: AgentFile) -> Iterator[str]:
    """Words by which two services, or two members of staff, are asked for."""
    services = [(each.name, (each.name, *each.hears)) for each in agent.services]
    staff = [(each.name, (each.name, *each.hears)) for each in agent.staff]
    for kind, named in (("services", services), ("members of staff", staff)):
        for at, (first, words) in enumerate(named):
            for second, others in named[at + 1 :]:
                yield from _alike(kind, first, words, second, others)


def _alike(kind: str, first: str, words: Sequence[str], second: str, others: Sequence[str]) -> Iterator[str]:
    from rapidfuzz.fuzz import ratio

    for one in words:
        for other in others:
            if one.casefold() == other.casefold():
                yield f"The {kind} {first!r} and {second!r} share the word {one!r}: callers are asked which."
            elif ratio(one.casefold(), other.casefold()) >= _CONFUSED:
                yield f"{one!r} ({first}) and {other!r} ({second}) sound alike: add words to `hears` that do not."
