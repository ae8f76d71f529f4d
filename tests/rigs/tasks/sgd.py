"""SGD: dialogues of the Schema-Guided Dialogue set (CC BY-SA 4.0) as cases: what their callers said, to our agent.

The files are not in this project: github.com/google-research-datasets/dstc8-schema-guided-dialogue, and from it the
dialogues with a booking call, a line of JSON each. Of each dialogue:

- wanted is its last booking call: the start, whom it is with, and what else it takes.
- The agent's file has the services and the staff that the dialogue itself offers, one of two kinds of availability (by
  a hash of its name: opening hours, or a list of times, most of them wrong), and asks for name and phone besides.
- The caller says their own sentences about what is asked, in their order, and the plain value once these are used up.
- Dialogues whose caller changes a value on the way are a group of their own, "changed".
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

from edge_agent.errors import InputError
from tests.rigs.tasks.callers import Script
from tests.rigs.tasks.owner import Asked, Owner, somebody
from tests.rigs.tasks.talk import Case, Row

NOW = "2019-03-01T07:00"
"""The day on which all of SGD is said."""
SOURCE = "SGD"


@dataclass(frozen=True, slots=True)
class Booking:
    """How a booking call of SGD is a form of ours."""

    date: str
    time: str | None
    staff: str | None
    service: str
    """What is booked, where the dialogue names no type."""
    type: str | None = None
    """The slot whose value is the service."""
    asks: tuple[Asked, ...] = ()


CAR = "car_type"
"""Our name of SGD's slot "type" of a car: a proposal has a type of its own."""
APPOINTMENTS = {"dentist_name": "dentist appointment", "stylist_name": "haircut"}
BOOKINGS = {
    "AddEvent": Booking(
        "event_date", "event_time", None, "event",
        asks=(
            Asked("event_name", "What is the event called?", "text"),
            Asked("event_location", "Where is it?", "text"),
        ),
    ),
    "ScheduleVisit": Booking("visit_date", None, "property_name", "visit"),
    "ReserveRestaurant": Booking(
        "date", "time", "restaurant_name", "table",
        asks=(Asked("number_of_seats", "For how many people?", "number"),),
    ),
    "ReserveCar": Booking(
        "pickup_date", "pickup_time", None, "rental car",
        asks=(
            Asked("dropoff_date", "When will you bring it back?", "date"),
            Asked(CAR, "Which type of car?", "choice", ("Compact", "Standard", "Full-size")),
        ),
    ),
}  # fmt: skip


def read(path: Path) -> list[Row]:
    """The dialogues of a file. Raises InputError for one that is none."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no file of JSON lines ({error}).") from None


def cases(rows: list[Row]) -> Iterator[Case]:
    """A case of each dialogue."""
    for row in rows:
        yield case(row)


def held_back(name: str, seed: int = 0) -> bool:
    """Whether a dialogue is of the half that nobody looks at while mending."""
    return bool(crc32(f"{seed}:{name}".encode()) & 1)


def booking_of(call: Row) -> Booking:
    """The form that a call fills."""
    if call["method"] != "BookAppointment":
        return BOOKINGS[call["method"]]
    staff = next(key for key in call["parameters"] if key.endswith("_name"))
    return Booking(
        "appointment_date", "appointment_time", staff, APPOINTMENTS.get(staff, "appointment"),
        "type" if staff not in APPOINTMENTS else None,
    )  # fmt: skip


def case(row: Row) -> Case:
    """What the caller of a dialogue wanted in the end."""
    turns = row["turns"]
    ends = [at for at, turn in enumerate(turns) if turn.get("call", {}).get("method") in (*BOOKINGS, "BookAppointment")]
    call, end = turns[ends[-1]]["call"], ends[-1]
    before = [at for at in ends[:-1] if turns[at]["call"]["method"] == call["method"]]
    heard = Heard(turns[:end], call, begin=before[-1] if before else 0)
    booking, draw = booking_of(call), random.Random(row["id"])
    start = datetime.fromisoformat(call["parameters"][booking.date])
    at = call["parameters"][booking.time] if booking.time else "10:00"
    start += timedelta(hours=int(at[:2]), minutes=int(at[3:]))
    person = somebody(draw)
    owner = heard.owner(booking, draw, start)
    wanted: Row = {"start": start.isoformat(), "name": person.name, "phone": person.phone}
    if booking.staff:
        wanted["staff"] = call["parameters"][booking.staff]
    wanted |= {each.id: call["parameters"][_slot(each)] for each in booking.asks}
    changed = heard.changed([booking.date, booking.time or "", *map(_slot, booking.asks)])
    group = f"{call['method']}{', changed' if changed else ''}"
    return Case(row["id"], owner.toml(), NOW, heard.script(booking, person.facts, changed), (wanted,), group)


def _slot(asked: Asked) -> str:
    """What a question is named in SGD."""
    return "type" if asked.id == CAR else asked.id


class Heard:
    """What the caller of a dialogue said before a call, by slot."""

    def __init__(self, turns: list[Row], call: Row, begin: int) -> None:
        self._turns, self._call, self._begin = turns, call, begin
        self._user = [(at, turn) for at, turn in enumerate(turns) if turn["who"] == "user"]
        self._final: Mapping[str, list[str]] = self._user[-1][1]["state"]["slots"]

    def sentences(self, *slots: str, final: bool = False) -> tuple[str, ...]:
        """The caller's sentences that give a value to one of these slots: those said for the booking itself, else
        those before it whose values count in the end. `final`: of the first ones too, only these."""
        meant, before = [], []
        for at, turn in self._user:
            given = {act["slot"]: act["values"] for act in turn["acts"] if act["act"] == "INFORM"}
            if not given.keys() & set(slots):
                continue
            counts = all(set(values) & set(self._final[slot]) for slot, values in given.items() if slot in self._final)
            if at > self._begin and turn["state"]["intent"] == self._call["method"]:
                meant += [turn["text"]] if counts or not final else []
            elif counts:
                before.append(turn["text"])
        return tuple(dict.fromkeys(meant or before))

    def value(self, slot: str) -> str:
        """The value in the caller's words, else in those of the state in the end, else that of the call."""
        words = self._final.get(slot) or [str(self._call["parameters"].get(slot, ""))]
        said = [
            value
            for _, turn in self._user
            for act in turn["acts"]
            if act["act"] == "INFORM" and act["slot"] == slot
            for value in act["values"]
            if value in words
        ]
        return str([*words[:1], *said][-1])

    def changed(self, slots: list[str]) -> bool:
        """Whether a value was taken back on the way."""
        states = [turn["state"] for at, turn in self._user if at > self._begin]
        values = [state["slots"] for state in states if state["intent"] == self._call["method"]]
        return any(
            first[slot] and then[slot] and not set(first[slot]) & set(then[slot])
            for first, then in pairwise(values)
            for slot in slots
            if slot in first and slot in then
        )

    def opening(self) -> str:
        """The sentence with which they come to the point."""
        meant = [turn["text"] for at, turn in self._user if turn["state"]["intent"] == self._call["method"]]
        late = [
            turn["text"]
            for at, turn in self._user
            if turn["state"]["intent"] == self._call["method"] and at > self._begin
        ]
        return str((late or meant or [self._user[0][1]["text"]])[0])

    def script(self, booking: Booking, facts: Mapping[str, str], changed: bool) -> Script:
        """What they say to our agent."""
        when = tuple(each for each in (booking.date, booking.time) if each)
        slots = {"when": when, "service": (booking.type or "",), "staff": (booking.staff or "",)}
        slots |= {each.id: (_slot(each),) for each in booking.asks}
        plain = {key: " at ".join(filter(None, map(self.value, slots[key]))) for key in slots}
        plain["service"] = plain["service"] or booking.service
        yes = tuple(t["text"] for _, t in self._user if any(act["act"] == "AFFIRM" for act in t["acts"]))
        says = {key: self.sentences(*names, final=not changed) for key, names in slots.items()}
        return Script(
            self.opening(),
            says,
            {**plain, **facts},
            confirms=yes[-1:],
            corrects=says["when"] if changed else (),
            ending="Thank you very much, that is all. Goodbye.",
        )

    def offered(self, slot: str) -> list[tuple[str, str | None]]:
        """Whom the dialogue names, each with what they are where it says so."""
        found: dict[str, str | None] = {}
        for turn in self._turns:
            values = {act["slot"]: act["values"][0] for act in turn["acts"] if act["values"]}
            if slot in values and turn["who"] == "system":
                found[values[slot]] = found.get(values[slot]) or values.get("type")
        right = self._call["parameters"][slot]
        others = {name: kind for name, kind in found.items() if name.casefold() != right.casefold()}
        return [*others.items(), (right, next((k for n, k in found.items() if n.casefold() == right.casefold()), None))]

    def owner(self, booking: Booking, draw: random.Random, start: datetime) -> Owner:
        """The agent whose caller this is."""
        staff: dict[str, Any] = dict(self.offered(booking.staff)) if booking.staff else {}
        services = sorted({each for each in staff.values() if each and booking.type}) or [booking.service]
        does = {name: [kind] if kind in services else [] for name, kind in staff.items()}
        slots = _slots(draw, start) if draw.random() < 0.5 else ()
        if booking.time is None:
            slots = tuple(datetime(2019, 3, day, 10) for day in range(1, 15))
        return Owner("Harbour Services", tuple(services), does, booking.asks, slots)


def _slots(draw: random.Random, start: datetime) -> tuple[datetime, ...]:
    """A list of free times: the right one, the same time on other days, and other times on that day."""
    days = [start.replace(day=each) for each in draw.sample(range(2, 15), 6)]
    hours = [start.replace(hour=each, minute=draw.choice((0, 15, 30, 45))) for each in draw.sample(range(10, 20), 4)]
    return tuple(sorted({start, *days, *hours}))
