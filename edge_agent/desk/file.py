"""File: what an owner says of an agent in `agent.toml`, checked. `reading.read` makes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from edge_agent.desk.conditions import Condition, hold

AgentKind = Literal["receptionist", "support", "leads"]
SlotType = Literal[
    "service", "staff", "when", "name", "phone", "email", "number", "date_of_birth", "yes_no", "choice", "text", "date"
]
"""What reads the answer to a question, by `desk/readers`. "date" is a day to come, "when" an appointment."""
OpenHours = tuple[int, int]
"""The minutes after midnight at which it opens and closes."""
Week = tuple[tuple[OpenHours, ...], ...]
"""The hours of each weekday; Monday is the first."""


@dataclass(frozen=True, slots=True)
class Business:
    """The owner, as callers know it."""

    name: str
    timezone: ZoneInfo
    phone_region: str
    """ISO 3166 code of the country whose numbers are said without its prefix, and whose holidays are known."""
    greeting: str


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is open."""

    week: Week
    closed: tuple[tuple[date, date], ...] = ()
    """First and last day of each time that it is closed."""
    holidays: bool = False
    """Whether it is closed on the public holidays of `Business.phone_region`."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody, or something, that one appointment at a time is with."""

    name: str
    hears: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    """Names of services; none: all of them."""
    calendar: str | None = None
    """The .ics file of the folder that holds what else they have to do."""
    week: Week | None = None
    """Their own hours within those of the business; None: all of these."""
    caldav: str = ""
    """Their calendar on a server, of which `calendar` is a copy then."""


@dataclass(frozen=True, slots=True)
class CalDav:
    """[caldav] of a file: the owner's calendar server."""

    url: str = ""
    """The calendar for what is with nobody who has one of their own there; "": none."""
    user: str = ""
    password_file: str = ""
    """A file of the folder that holds nothing but the password."""


def copy_of(staff: str) -> str:
    """The file of the folder that is a copy of the calendar that somebody has on the server; "": of the common one."""
    return f"caldav-{re.sub('[^a-z0-9]+', '-', staff.lower()).strip('-')}.ics" if staff else "caldav.ics"


@dataclass(frozen=True, slots=True)
class Service:
    """What is booked."""

    name: str
    minutes: int
    hears: tuple[str, ...] = ()
    price: str | None = None
    before: int = 0
    """Minutes that are kept free before it ..."""
    after: int = 0
    """... and after it."""


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How appointments are given."""

    grid: int = 15
    """Minutes between two times at which one may begin."""
    notice: timedelta = timedelta(hours=2)
    horizon: timedelta = timedelta(days=90)
    offer: int = 2
    """How many times are offered at once."""
    ask: tuple[str, ...] = ("service", "when", "name", "phone")
    """What is asked, in this order: the four, "staff", "email", and the ids of `[[ask]]`."""
    change: str = "phone+name"
    """What proves whose appointment it is that is moved or cancelled."""
    remind: timedelta | None = timedelta(days=1)
    slots: tuple[datetime, ...] = ()
    """The times at which something may begin, in place of opening hours."""
    minutes: int = 30
    """How long it takes, where there are no services."""
    waiting: bool = True
    """Whether callers may be put on a waiting list."""
    max_per_phone: int = 8
    """How many appointments to come may be under one number; 0: any."""
    max_per_day: int = 0
    """How many all calls of one day may make; 0: any."""


@dataclass(frozen=True, slots=True)
class AskedSlot:
    """A question of the owner's own."""

    id: str
    say: str
    type: SlotType
    choices: tuple[str, ...] = ()
    optional: bool = False
    """Whether "I don't know" is an answer."""
    hears: tuple[str, ...] = ()
    """Words behind which the answer stands unasked: "location", "party of"."""


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Questions that are answered from documents."""

    folder: str = "answers/"
    unknown: str | None = None
    """What is said where nothing is found; None: the sentence of the language."""
    never: tuple[str, ...] = ()
    """What is never answered, though it stood there."""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handoff:
    """When somebody else takes over."""

    number: str | None = None
    when: tuple[str, ...] = ("asked",)
    urgent: tuple[str, ...] = ()
    urgent_say: str = ""

    @property
    def stuck(self) -> int | None:
        """So many answers that are not understood make it hand off; None: never."""
        found = next((rule for rule in self.when if rule.startswith("stuck:")), None)
        return int(found.partition(":")[2]) if found else None


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long bookings, messages and calls are kept. Of no call is there a transcript."""

    keep: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """Points, positive or negative, for what was answered."""

    when: tuple[Condition, ...]
    score: int


@dataclass(frozen=True, slots=True)
class LeadRules:
    """[leads] of a file."""

    ask: tuple[str, ...] = ()
    """Ids of questions, in their order; all of them where none is named."""
    rules: tuple[ScoreRule, ...] = ()
    callback: int = 0
    """The score from which on they are offered a time at which they are called back ..."""
    transfer: int | None = None
    """... and from this one on put through to a person; None: nobody is."""
    thanks: str = ""
    """What the others are told."""
    csv: str = "leads.csv"
    """The file in the state folder."""
    webhook: str = ""
    """Where each lead is posted to; "": nowhere."""

    def score(self, values: Mapping[str, object]) -> int:
        """The points of what was answered."""
        return sum(rule.score for rule in self.rules if hold(rule.when, values))


StepKind = Literal["say", "ask", "call", "end"]
STEP_KINDS: tuple[StepKind, ...] = ("say", "ask", "call", "end")


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One thing that is done."""

    kind: StepKind
    text: str
    """What is said, or asked; the name of the tool; with {ids} of questions in it."""
    when: tuple[Condition, ...] = ()
    slot: AskedSlot | None = None
    """What is asked for."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Those of the tool, with {ids} in them."""
    confirm: str = ""
    """What must be said yes to before a tool is called; "": it is called at once."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A task of the owner's own."""

    name: str
    hears: tuple[str, ...]
    """Words that begin it."""
    steps: tuple[FlowStep, ...]

    @property
    def slots(self) -> tuple[AskedSlot, ...]:
        """What it may ask, in its order."""
        return tuple(step.slot for step in self.steps if step.slot)


@dataclass(frozen=True, slots=True)
class AgentFile:
    """The whole file."""

    folder: Path
    kind: AgentKind
    name: str
    business: Business
    hours: Hours
    staff: tuple[Staff, ...] = ()
    services: tuple[Service, ...] = ()
    booking: BookingRules = BookingRules()
    asks: tuple[AskedSlot, ...] = ()
    answers: AnswerRules = AnswerRules()
    handoff: Handoff = Handoff()
    privacy: Privacy = Privacy()
    leads: LeadRules = LeadRules()
    flows: tuple[Flow, ...] = ()
    caldav: CalDav = CalDav()

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses of the calendars that lie on a server."""
        return tuple(dict.fromkeys(filter(None, (self.caldav.url, *(each.caldav for each in self.staff)))))

    def service(self, name: str | None) -> Service:
        """That service; the only one where none is named; one of `booking.minutes` where there is none."""
        found = next((each for each in self.services if each.name == name), None)
        return found or (self.services[0] if self.services else Service("", self.booking.minutes))

    def staff_for(self, service: str | None) -> tuple[Staff, ...]:
        """Those who do it; all of them where no service is named. Of nobody is one without a name."""
        everybody = self.staff or (Staff(""),)
        return tuple(each for each in everybody if not each.does or service is None or service in each.does)
