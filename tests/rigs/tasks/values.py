"""Values: names that are spelled, numbers that are said in groups or keyed; right within two tries."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_agent.types import Json
from tests.rigs.tasks.clinic import ALONE, asking
from tests.rigs.tasks.contract import Agent
from tests.rigs.tasks.owner import AS_IN, DIGITS, FIRST, LAST, Asked, Owner, somebody
from tests.rigs.tasks.talk import Talk
from tests.rigs.tasks.values_alike import same

NATO = (
    "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima",
    "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey",
    "x-ray", "yankee", "zulu",
)  # fmt: skip
RARE = (
    "Szczepanski", "Nguyen", "Quigley", "Featherstonehaugh", "Wojcik", "Ibarra", "Zhou", "Kowalczyk", "Siobhan",
    "Yilmaz", "Bjornsson", "Achterberg", "Mbeki", "Oyelaran", "Castellanos", "Whitfield", "Vandermeer", "Ahmadi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """One answer: what it fills, how it is given, and what it has to become."""

    slot: str
    group: str
    tries: tuple[Json, ...]
    wanted: str | float | bool
    owner: Owner = ALONE


def told(seed: int, number: int) -> Iterator[Value]:
    """So many of each: names spelled in three ways, numbers in groups and in words, numbers keyed."""
    draw = random.Random(seed)
    for at in range(number):
        first, last = draw.choice(FIRST), draw.choice((*RARE, *LAST))
        yield Value("name", "name spelled", _spelled(first, last, at % 4), f"{first} {last}")
    for at in range(number):
        phone = somebody(draw).phone
        yield Value("phone", "phone in groups", _grouped(phone, at % 5), phone)
    for _ in range(number):
        phone = somebody(draw).phone
        yield Value("phone", "phone keyed", ({"dtmf": f"{phone}#"},) * 2, phone)


def _spelled(first: str, last: str, way: int) -> tuple[Json, ...]:
    letters = last.upper()
    spelled = (
        f"{first} {last}, that's {'-'.join(letters)}.",
        f"{first}, and the last name is {' '.join(letters)}.",
        f"My name is {first} {last}. {', '.join(NATO[ord(each) - 65] for each in letters)}.",
        f"{first} {last}: {', '.join(f'{each} as in {AS_IN[each]}' for each in letters)}.",
    )[way]
    as_asked = ", ".join(f"{each} as in {AS_IN[each]}" for each in letters)
    return {"say": spelled}, {"say": f"{' '.join(first.upper())}. {as_asked}."}


def _grouped(phone: str, way: int) -> tuple[Json, ...]:
    words = [DIGITS[int(each)] for each in phone]
    oh = ["oh" if each == "zero" else each for each in words]
    said = (
        f"{phone[:3]} {phone[3:6]} {phone[6:]}",
        f"It's {' '.join(words[:3])}, {' '.join(words[3:6])}, {' '.join(words[6:])}.",
        f"My number is {' '.join(_doubled(oh))}.",
        f"({phone[:3]}) {phone[3:6]}-{phone[6:]}, please.",
        f"Area code {' '.join(oh[:3])}, then {' '.join(oh[3:6])}, and {' '.join(oh[6:])}.",
    )[way]
    return {"say": said}, {"say": f"{' '.join(words)}."}


def _doubled(words: list[str]) -> Iterator[str]:
    """The digits, two alike as "double"."""
    left = list(words)
    while left:
        word = left.pop(0)
        if left and left[0] == word and len(left) != 6:
            left.pop(0)
            yield f"double {word}"
        else:
            yield word


ASKS = {
    "email": ("What is your e-mail address?", "email"),
    "yesno": ("Have you been with us before?", "yes_no"),
    "number": ("For how many people?", "number"),
}


def recognized(folder: Path) -> Iterator[Value]:
    """The sentences of Recognizers-Text (MIT) that hold one value: numbers of the USA, e-mails, yes and no, numbers."""
    for kind, (say, type) in ASKS.items():
        owner = asking(Asked("extra", say, type))
        for row in _rows(folder / f"recognizers-{kind}.jsonl"):
            value = row["results"][0]["Resolution"]["value"]
            fits = kind != "number" or (str(value).isdigit() and int(value) < 10_000)
            if fits:
                wanted = int(value) if kind == "number" else value
                yield Value("extra", f"{kind} of a corpus", ({"say": row["text"]},), wanted, owner)
    for row in _rows(folder / "recognizers-phone.jsonl"):
        value = row["results"][0]["Resolution"]["value"]
        digits = "".join(each for each in value if each.isdigit())
        if len(digits) == 10 and _is_possible(value):
            yield Value("phone", "phone of a corpus", ({"say": row["text"]},), digits)


def _rows(file: Path) -> list[Json]:
    rows: list[Json] = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [row for row in rows if len(row["results"]) == 1 and row["text"].isascii()]


def _is_possible(value: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, "US"))
    except phonenumbers.NumberParseException:
        return False


def give(agent: Agent, value: Value) -> tuple[Talk, list[str]]:
    """Leads an agent to that question and answers it. What is wrong: the value after two tries."""
    talk = Talk()
    reply = _turn(agent, talk, {"say": "I'd like an appointment on Tuesday at ten."})
    for _ in range(4):
        if reply["asks"] == value.slot:
            break
        reply = _turn(agent, talk, {"say": "My name is Tom Baker." if reply["asks"] == "name" else "415 555 2671"})
    if reply["asks"] != value.slot:
        return talk, [f"{value.slot} was not asked"]
    for line in value.tries:
        reply = _turn(agent, talk, line)
        if value.slot in reply["form"] and same(value.slot, reply["form"][value.slot], value.wanted):
            return talk, []
        if reply["asks"] != value.slot:
            # It was taken for something else: a caller says so.
            reply = _turn(agent, talk, {"say": f"No, my {value.slot} is wrong."}) if line is value.tries[0] else reply
    return talk, [f"wanted {value.wanted!r}, got {reply['form'].get(value.slot)!r}"]


def _turn(agent: Agent, talk: Talk, line: Json) -> Json:
    reply = agent.turn(line)
    talk.turns.append((line, reply))
    return reply
