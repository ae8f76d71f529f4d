"""Corrections: callers who take back one thing that they said; it must change, and all else be kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.rigs.tasks.callers import Script
from tests.rigs.tasks.clinic import CLINIC, NOW, SERVICES, STAFF
from tests.rigs.tasks.owner import CALLED, NAMED, somebody
from tests.rigs.tasks.talk import Case, Row

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
HOURS = {9: "nine", 10: "ten", 11: "eleven", 12: "twelve", 13: "one", 14: "two", 15: "three", 16: "four"}
ORDINALS = {
    3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 9: "ninth", 10: "tenth", 11: "eleventh", 12: "twelfth",
    13: "thirteenth", 16: "sixteenth", 17: "seventeenth", 18: "eighteenth", 19: "nineteenth", 20: "twentieth",
}  # fmt: skip
DAY_WORDS = (
    "No, {new}.", "Sorry, {new} instead.", "Actually, can we make it {new}?", "Not {old}, {new}.",
    "I meant {new}, not {old}.", "No, wait, {new} is better.", "Could you change that to {new}, please?",
)  # fmt: skip
WORDS = {
    "weekday": DAY_WORDS,
    "date": DAY_WORDS,
    "time": ("No, at {new}.", "Sorry, {new} instead of {old}.", "Actually make it {new}.", "Not {old}, {new}."),
    "staff": ("No, with {new}.", "Sorry, I'd like {new}, not {old}.", "Actually, {new} please.", "Not {old}, {new}."),
    "service": ("No, a {new}.", "Sorry, I meant a {new}.", "Actually, a {new} please.", "Not a {old}, a {new}."),
    "name": ("No, my name is {new}.", "Sorry, it's {new}, not {old}.", "The name is {new}.", "Not {old}, {new}."),
    "phone": ("No, my number is {new}.", "Sorry, the number is {new}.", "The phone number is wrong, it's {new}."),
}
WITHIN = {
    "weekday": ("{old}, no sorry, {new}", "{old}, I mean {new}", "{old}, no, {new}"),
    "date": ("the {old}, no sorry, the {new}", "not the {old}, the {new}"),
}
"""Repairs within one sentence."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants, as they say it and as it is booked."""

    service: str
    staff: str
    day: datetime
    hour: int
    name: str
    phone: str
    by_date: bool

    def spoken(self, part: str) -> str:
        """One part of it in words."""
        if part == "weekday" or (part == "day" and not self.by_date):
            return DAYS[self.day.weekday()]
        if part in ("date", "day"):
            return f"the {ORDINALS[self.day.day]}"
        if part == "time":
            return HOURS[self.hour] + ("" if 9 <= self.hour < 13 else " o'clock")
        if part == "phone":
            return f"{self.phone[:3]} {self.phone[3:6]} {self.phone[6:]}"
        return str(getattr(self, part))

    def row(self) -> Row:
        """What has to be booked."""
        start = self.day.replace(hour=self.hour).isoformat()
        return {
            "start": start, "service": self.service, "staff": self.staff, "name": self.name, "phone": self.phone,
        }  # fmt: skip


def cases(seed: int, number: int) -> Iterator[Case]:
    """So many callers who correct one thing: each kind, said at the read-back, a question later, or at once."""
    draw = random.Random(seed)
    kinds = [*WORDS, *(f"{kind} within" for kind in WITHIN)]
    for at in range(number):
        kind = kinds[at % len(kinds)]
        yield _case(f"{kind} {at}", kind, draw)


def _wish(draw: random.Random, kind: str) -> Wish:
    person = somebody(draw)
    by_date = kind.startswith("date") or (not kind.startswith("weekday") and draw.random() < 0.5)
    # A bare weekday is one of the days to come this week.
    away = [each - 2 for each in ORDINALS] if by_date else [1, 2, 3, 4]
    day = datetime(2026, 3, 2) + timedelta(days=draw.choice(away))
    staff = draw.choice(STAFF[1:])
    return Wish(draw.choice(SERVICES), staff, day, draw.choice(list(HOURS)), person.name, person.phone, by_date)


def _corrected(draw: random.Random, kind: str, wish: Wish) -> Wish:
    """The same with one part that is another."""
    while True:
        other = _wish(draw, kind)
        if kind.startswith(("weekday", "date")):
            found = replace(wish, day=other.day)
        elif kind == "time":
            found = replace(wish, hour=other.hour)
        else:
            found = replace(wish, **{kind: getattr(other, kind)})
        if found != wish:
            return found


def _case(name: str, kind: str, draw: random.Random) -> Case:
    part = kind.split()[0]
    first = _wish(draw, kind)
    last = _corrected(draw, kind, first)
    said = {"old": first.spoken(part), "new": last.spoken(part)}
    begun = first
    when = f"{first.spoken('day')} at {first.spoken('time')}"
    if kind.endswith("within"):
        bare = {key: value.removeprefix("the ") for key, value in said.items()}
        when = f"{draw.choice(WITHIN[part]).format(**bare)} at {first.spoken('time')}"
    correction = draw.choice(WORDS[part]).format(**said)
    late = draw.random() < 0.5 or part in ("name", "phone")
    corrects = (correction,) if late and not kind.endswith("within") else ()
    # A question later: what is asked is answered with the correction first.
    early = (correction,) if not late and not kind.endswith("within") else ()
    script = Script(
        f"I'd like a {begun.service} with {begun.staff}.",
        {"when": (f"On {when}.",), "name": early},
        {
            "when": f"{last.spoken('day')} at {last.spoken('time')}",
            "service": last.service,
            "staff": last.staff,
            "name": draw.choice(NAMED).format(begun.name),
            "phone": draw.choice(CALLED).format(begun.spoken("phone")),
        },
        corrects=corrects,
        ending="Thanks, bye.",
    )
    return Case(name, CLINIC.toml(), NOW, script, (last.row(),), kind)
