"""Owner: the `agent.toml` of a made-up business, and people who call it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

FIRST = ("Maria", "Tom", "Jane", "David", "Aisha", "Peter", "Laura", "Daniel", "Priya", "Kevin", "Sofia", "Martin")
LAST = ("Gonzalez", "Baker", "Miller", "Okafor", "Schmidt", "Novak", "Rossi", "Hughes", "Nair", "Whitfield", "Moore")
NAMED = ("My name is {}.", "It's {}.", "{}.", "This is {}.", "Sure, {}.", "The name is {}.")
CALLED = ("My number is {}.", "It's {}.", "{}.", "You can reach me at {}.", "Sure, it's {}.")
AS_IN = {word[0].upper(): word for word in (
    "apple", "boy", "cat", "dog", "egg", "fox", "girl", "house", "ice", "Jack", "king", "lemon", "Mary", "nice",
    "orange", "Peter", "queen", "red", "Sam", "Tom", "uncle", "vase", "window", "x-ray", "yellow", "zebra",
)}  # fmt: skip
"""A word for each letter."""
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the owner's own."""

    id: str
    say: str
    type: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """What stands in the file."""

    business: str
    services: tuple[str, ...]
    staff: Mapping[str, list[str]] = field(default_factory=dict)
    """Names, each with the services that they do; none: all."""
    asks: tuple[Asked, ...] = ()
    slots: tuple[datetime, ...] = ()
    """None: opening hours."""
    hours: tuple[str, ...] = ("08:00-22:30",)
    minutes: int = 30
    timezone: str = "America/Los_Angeles"
    region: str = "US"
    email: bool = False
    """Whether it is asked."""
    phone: bool = True
    horizon: str = ""
    notice: str = ""

    def toml(self) -> str:
        """The file."""
        ask = ["service"] * (len(self.services) > 1) + ["staff"] * (len(self.staff) > 1) + ["when"]
        ask += [*(each.id for each in self.asks), "name", *["phone"] * self.phone, *["email"] * self.email]
        found = ['kind = "receptionist"', 'name = "Mia"', "[business]", f"name = {_text(self.business)}"]
        found += [f"timezone = {_text(self.timezone)}", f"phone_region = {_text(self.region)}"]
        found += [f'greeting = "{self.business}, this is Mia. How can I help?"']
        if not self.slots:
            found += ["[hours]", *(f"{day} = {_text(list(self.hours))}" for day in _DAYS)]
        for name, does in self.staff.items():
            found += ["[[staff]]", f"name = {_text(name)}", *([f"does = {_text(does)}"] if does else [])]
        for name in self.services:
            found += ["[[service]]", f"name = {_text(name)}", f"minutes = {self.minutes}"]
        found += ["[booking]", f"ask = {_text(ask)}"]
        found += [f"{key} = {_text(value)}" for key in ("horizon", "notice") if (value := getattr(self, key))]
        if self.slots:
            found += [f"slots = {_text([f'{each:%Y-%m-%dT%H:%M}' for each in self.slots])}"]
        for each in self.asks:
            found += ["[[ask]]", f"id = {_text(each.id)}", f"say = {_text(each.say)}", f"type = {_text(each.type)}"]
            found += [f"choices = {_text(list(each.choices))}"] * bool(each.choices)
        return "\n".join(found) + "\n"


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _text(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who calls."""

    name: str
    phone: str
    """Ten digits of a number in the USA."""
    facts: Mapping[str, str]
    """What they say when they are asked who they are."""


def somebody(draw: random.Random) -> Person:
    """A caller, and the words in which they give their name and number."""
    name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
    phone = f"{draw.choice(('415', '510', '925'))}{draw.randint(2, 9)}{draw.randrange(10**6):06d}"
    groups = (phone[:3], phone[3:6], phone[6:])
    words = ", ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)
    said = draw.choice(("-".join(groups), " ".join(groups), words, phone))
    return Person(name, phone, {"name": draw.choice(NAMED).format(name), "phone": draw.choice(CALLED).format(said)})
