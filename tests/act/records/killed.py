"""A process that does random operations on records until it is killed, and what they should have led to.

python killed.py FILE SEED FIRST LAST: operation number FIRST, and so on. It tells each before it begins it, and when it
is done: ["do", number, name, arguments], ["done", number].
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge_agent.act.records import Records

BEGIN = datetime(2026, 11, 30, 12, tzinfo=UTC)
STEP_S = 30
"""Time that passes from one operation to the next."""
DAY_S = 86400
LISTS = ("shopping", "to do", "books")

Operation = tuple[str, list[Any]]


def now_of(number: int) -> datetime:
    return BEGIN + timedelta(seconds=STEP_S * number)


def time_of(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def chosen(records: Records, seed: int, number: int) -> Operation:
    """Any operation at all; what it is done to is there, most of the time."""
    dice = random.Random(f"{seed} {number}")
    now_s, name = STEP_S * number, f"n{number}"
    every = (*records.timers(), *records.snoozed())
    timers = [each.id for each in every if each.left_s(now_of(number)) > 0]
    rings = [ring.id for ring in records.unheard(now_of(number))]
    if dice.random() < 0.3:
        return "due", []
    if rings and dice.random() < 0.5:
        return dice.choice([("heard", [rings[0]]), ("snooze", [rings[0], dice.choice([60, 540])])])
    later_s = now_s // 60 * 60 + 60 * dice.randint(2, 200)
    kinds: list[Operation] = [
        ("add_timer", [name, dice.randint(1, 3000)]),
        ("add_alarm", [name, later_s, dice.random() < 0.1]),
        ("add_reminder", [name, later_s, dice.random() < 0.1]),
        ("add_items", [dice.choice(LISTS), [name, f"n{dice.randint(0, number)}"]]),
        ("remember", [name]),
        ("put", [dice.choice("abc"), dice.choice([None, name])]),
    ]
    there: list[tuple[str, list[Any]]] = [("pause_timer", timers), ("resume_timer", timers), ("change_timer", timers)]
    if dice.random() < 0.4:
        kinds = [("clear_list", [dice.choice(LISTS)]), ("remove_list", [dice.choice(LISTS)])]
        kinds += [("remove_item", [each, dice.choice(items)]) for each in LISTS if (items := records.items(each))]
        there = [
            ("remove_timer", timers),
            ("remove_alarm", [each.id for each in records.alarms()]),
            ("remove_reminder", [each.id for each in records.reminders()]),
            ("forget", [each.id for each in records.facts()]),
        ]
    kinds += [(what, [dice.choice(ids)]) for what, ids in there if ids]
    return dice.choice(kinds)


def do(records: Records, number: int, operation: Operation) -> None:
    now, (name, given) = now_of(number), operation
    match name:
        case "due":
            records.due(now)
        case "heard" | "snooze":
            ring = next(each for each in records.unheard(now) if each.id == given[0])
            _ = records.heard(ring) if name == "heard" else records.snooze(ring, now, given[1])
        case "add_timer":
            records.add_timer(given[1], now, given[0])
        case "add_alarm":
            records.add_alarm(time_of(given[1]), now, frozenset(range(7) if given[2] else ()), given[0])
        case "add_reminder":
            records.add_reminder(given[0], time_of(given[1]), now, "FREQ=DAILY" if given[2] else None)
        case "remember":
            records.remember(given[0], now)
        case "change_timer":
            records.change_timer(given[0], 600, now)
        case "pause_timer" | "resume_timer":
            getattr(records, name)(given[0], now)
        case _:
            getattr(records, name)(*given)


@dataclass
class Model:
    """What the records should hold: plain dictionaries, times in seconds since BEGIN."""

    timers: dict[int, list[Any]] = field(default_factory=dict)
    """kind, name, seconds, due or None, left or None."""
    calls: dict[int, list[Any]] = field(default_factory=dict)
    """kind, name, next, daily."""
    rings: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[int, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    """How many of each there have been: a number is never given twice."""
    fired: list[tuple[Any, ...]] = field(default_factory=list)

    def holds(self) -> dict[str, Any]:
        return {
            "timers": {key: tuple(each) for key, each in self.timers.items()},
            "calls": {key: tuple(each[:3]) for key, each in self.calls.items()},
            "rings": self.rings,
            "lists": self.lists,
            "facts": self.facts,
            "choices": self.choices,
        }

    def apply(self, number: int, operation: Operation) -> None:
        now, (name, given) = STEP_S * number, operation
        match name:
            case "due":
                self._due(now)
            case "heard":
                del self.rings[given[0]]
            case "snooze":
                kind, text, *_ = self.rings.pop(given[0])
                self.timers[self._new("timer")] = [kind, text, given[1], now + given[1], None]
            case "add_timer":
                self.timers[self._new("timer")] = ["timer", given[0], given[1], now + given[1], None]
            case "add_alarm" | "add_reminder":
                self.calls[self._new("call")] = [name.removeprefix("add_"), *given]
            case "remove_alarm" | "remove_reminder":
                del self.calls[given[0]]
            case "remember":
                self.facts[self._new("fact")] = given[0]
            case "forget":
                del self.facts[given[0]]
            case "put":
                self.choices.pop(given[0], None)
                if given[1]:
                    self.choices[given[0]] = given[1]
            case _:
                self._timer(name, now, *given) if name.endswith("timer") else self._list(name, *given)

    def _due(self, now: int) -> None:
        for id in [key for key, each in self.timers.items() if each[3] is not None and each[3] <= now]:
            kind, name, seconds, due, _ = self.timers.pop(id)
            self._ring(kind, name, due, seconds if kind == "timer" else 0)
        for id in [key for key, each in self.calls.items() if each[2] <= now]:
            kind, name, next, daily = self.calls[id]
            last = next + (now - next) // DAY_S * DAY_S if daily else next
            self._ring(kind, name, last, 0)
            if daily:
                self.calls[id][2] = last + DAY_S
            else:
                del self.calls[id]
        newest = max(self.rings, default=0)
        self.rings = {key: each for key, each in self.rings.items() if key > newest - 100}

    def _ring(self, kind: str, name: str, due: int, seconds: int) -> None:
        self.rings[self._new("ring")] = (kind, name, due, seconds)
        self.fired.append((kind, name, due))

    def _timer(self, name: str, now: int, id: int) -> None:
        timer = self.timers[id]
        if name == "remove_timer":
            del self.timers[id]
        elif name == "change_timer":
            timer[2] += 600
            timer[3 if timer[4] is None else 4] += 600
        elif name == "pause_timer" and timer[4] is None:
            timer[3:] = [None, timer[3] - now]
        elif name == "resume_timer" and timer[3] is None:
            timer[3:] = [now + timer[4], None]

    def _list(self, name: str, list: str, item: Any = None) -> None:
        match name:
            case "add_items":
                items = self.lists.setdefault(list, [])
                items += [each for each in dict.fromkeys(item) if each not in items]
            case "remove_item":
                self.lists[list].remove(item)
            case "clear_list" if list in self.lists:
                self.lists[list] = []
            case "remove_list":
                self.lists.pop(list, None)

    def _new(self, kind: str) -> int:
        self.made[kind] = self.made.get(kind, 0) + 1
        return self.made[kind]


def held(records: Records) -> dict[str, Any]:
    """What the records do hold, as the model has it."""

    def seconds(at: datetime) -> float:
        return (at - BEGIN).total_seconds()

    timers = sorted((*records.timers(), *records.snoozed()), key=lambda each: each.id)
    alarms = {each.id: ("alarm", each.name, seconds(each.next_due(BEGIN))) for each in records.alarms()}
    reminders = {each.id: ("reminder", each.text, seconds(each.next_due(BEGIN))) for each in records.reminders()}
    return {
        "timers": {t.id: (t.kind, t.name, t.seconds, t.due and seconds(t.due), t.left) for t in timers},
        "calls": dict(sorted((alarms | reminders).items())),
        "rings": {each.id: (each.kind, each.text, seconds(each.due), each.seconds) for each in records.unheard(BEGIN)},
        "lists": {each: records.items(each) for each in records.lists()},
        "facts": {each.id: each.text for each in records.facts()},
        "choices": {key: value for key in "abc" if (value := records.get(key))},
    }


def tell(*what: Any) -> None:
    """One write: a line is whole, or not there."""
    os.write(1, json.dumps(what).encode() + b"\n")


def main(file: str, seed: str, first: str, last: str) -> None:
    records = Records(Path(file))
    for number in range(int(first), int(last)):
        operation = chosen(records, int(seed), number)
        tell("do", number, *operation)
        do(records, number, operation)
        tell("done", number)


if __name__ == "__main__":
    main(*sys.argv[1:])
