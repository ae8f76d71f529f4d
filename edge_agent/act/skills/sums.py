"""Sums: arithmetic, percentages and units, worked out by code."""

from __future__ import annotations

import re
from typing import Any

from edge_agent.act.asked import Asked
from edge_agent.act.numbers import to_digits
from edge_agent.act.plan import Plan

LONGEST = 120
"""Characters of a sum."""
_MOST_DIGITS = 12
_IN_TWO = re.compile(
    r"(\d+) (foot|feet|ft|stones?|pounds?) (?:and )?(\d+(?:\.\d+)?)(?: (?:inch(?:es)?|pounds?|ounces?))?"
)
_PARTS = {"fo": 12, "fe": 12, "ft": 12, "st": 14, "po": 16}
"""How many of the next smaller unit make one, by how the unit begins: foot, stone, pound."""


def work_out(asked: Asked) -> Plan | None:
    """Works out a sum, such as "15 percent of 80" or "12 times 7"."""
    said = asked.slot("sum")
    formula = _formula(said, asked.words["operators"])
    if formula is None:
        return None
    try:
        result = _value(formula)
    except ZeroDivisionError:
        return Plan(asked.say("by_zero"))
    except (OverflowError, MemoryError):
        return Plan(asked.say("too_big"))
    except Exception:  # whatever cannot be read as a sum is none
        return None
    spoken, exact = _spoken(result)
    return Plan(
        asked.say("result" if exact else "about", asked=said, result=spoken), topic=f"{spoken.replace(',', '')}|{said}"
    )


def go_on(asked: Asked) -> Plan | None:
    """Works out what is said to the sum before: "plus 4" to its result, "and of ninety" to what it was made of."""
    result, _, said = asked.talk.topic.partition("|")
    if asked.slot("percent") and asked.talk.done_by == "skill:sums" and " of " in said:
        return work_out(asked.with_slots(sum=f"{asked.slot('sum')} percent of {said.rpartition(' of ')[2]}"))
    if asked.slot("share") and asked.talk.done_by == "skill:sums" and result:
        share = asked.slot("sum").removesuffix(" of")
        return work_out(asked.with_slots(sum=f"{share} of {result}")) or work_out(
            asked.with_slots(sum=f"{share} {result}")
        )
    op = asked.slot("op") or asked.slot("of")
    before = said.rpartition(f" {op} ")[0] if asked.slot("of") else result
    if asked.talk.done_by != "skill:sums" or not before:
        return None
    return work_out(asked.with_slots(sum=f"{before} {op} {asked.slot('sum')}"))


def split(asked: Asked) -> Plan | None:
    """Shares an amount: "split 86 pounds 40 between five people"."""
    return work_out(asked.with_slots(sum=f"{asked.slot('sum')} divided by {asked.slot('number')}"))


def convert(asked: Asked) -> Plan | None:
    """Converts a quantity to another unit."""
    amount, unit = _quantity(to_digits(asked.slot("from")))
    said = to_digits(asked.slot("from")) if amount != round(amount, 2) else f"{amount:g} {unit}"
    wanted = asked.slot("to")
    if unit is None:
        return None
    registry, names = _registry(), asked.words["units"]
    try:
        there = registry.Quantity(amount, _unit(unit, names)).to(_unit(wanted, names))
    except Exception:  # pint has a class for each way in which words are no unit
        if not _is_unit(registry, unit, names):
            return None
        return Plan(asked.say("units", **{"from": unit, "to": wanted}), vague=True)
    spoken, _ = _spoken(round(float(there.magnitude), 2))
    topic = f"{unit} to {wanted}"
    return Plan(asked.say("converted", asked=said, result=f"{spoken} {wanted}"), topic=topic)


def percentage(asked: Asked) -> Plan | None:
    """How many percent one number is of another."""
    whole, part = asked.number("from"), asked.number("to")
    if whole is None or part is None:
        return None
    if whole == 0:
        return Plan(asked.say("by_zero"))
    spoken, exact = _spoken(part / whole * 100)
    said = asked.say("percentage", part=asked.slot("to"), whole=asked.slot("from"))
    return Plan(asked.say("result" if exact else "about", asked=said, result=f"{spoken} percent"))


def decimal(asked: Asked) -> Plan | None:
    """A fraction as a decimal."""
    number = asked.number()
    return Plan(asked.say("result", asked=asked.slot("number"), result=_spoken(number)[0])) if number else None


def convert_asked(asked: Asked) -> Plan | None:
    """Converts what is asked for in whatever order: "220 degrees Celsius is what in Fahrenheit"."""
    said, names = to_digits(asked.slot("sum").casefold()), asked.words["units"]
    found = re.search(r"(?:\b(?:half )?an?|-?\d[\d.,]*)\s+([a-z°].*)", said)
    if found is None:
        return None
    words, registry = found[1].split(), _registry()
    for many in (3, 2, 1):
        unit, rest = " ".join(words[:many]), [*said[: found.start()].split(), *words[many:]]
        wanted = " ".join(word for word in rest if word not in asked.words["of_converting"])
        if wanted and len(words) >= many and _is_unit(registry, unit, names) and _is_unit(registry, wanted, names):
            amount = said[found.start() : found.start(1)] + unit
            plan = convert(asked.with_slots(**{"from": amount, "to": wanted}))
            return plan if plan and not plan.vague else None
    return None


def convert_more(asked: Asked) -> Plan | None:
    """Converts another number of the same unit: "and 20"."""
    unit, to, wanted = asked.talk.topic.partition(" to ")
    number = asked.number() if asked.talk.done_by == "skill:sums" and to else None
    return convert(asked.with_slots(**{"from": f"{number:g} {unit}", "to": wanted})) if number is not None else None


def _formula(said: str, operators: list[list[str]]) -> str | None:
    """What simpleeval reads; None where something else was said."""
    text = to_digits(said.casefold())
    for pattern, sign in operators:
        text = re.sub(pattern, f" {sign} ", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"([\d.]+)\s*%\s*off\s", r"(1-\1/100) * ", text)
    text = re.sub(r"([\d.]+)\s*%\s*of\s", r"(\1/100) * ", text)
    text = re.sub(r"([\d.]+)\s*%", r"(\1/100)", text)
    text = re.sub(r"\bsqrt\s+([\d.]+)", r"((\1) ** 0.5)", text).strip()
    if len(text) > LONGEST or not re.fullmatch(r"[\d\s.+\-*/()]+", text):
        return None
    return text if re.search(r"\d\s*\)*\s*(?:[+*/-]|\*\*)", text) else None


def _value(formula: str) -> float:
    from simpleeval import SimpleEval

    value: Any = SimpleEval(functions={}, names={}).eval(formula)
    return float(value) if not isinstance(value, int) else value


def _spoken(value: float) -> tuple[str, bool]:
    """The number as it is said, and whether it is exact."""
    if abs(value) >= 10**_MOST_DIGITS:
        raise OverflowError
    near = round(value, 4)
    text = f"{near:,.4f}".rstrip("0").rstrip(".")
    return text, abs(near - value) < 1e-9 * max(1, abs(value))


def _quantity(said: str) -> tuple[float, str | None]:
    """5 miles -> 5, miles; a mile -> 1, mile; 6 foot 2 -> 6.17, foot."""
    if two := _IN_TWO.fullmatch(said.strip()):
        parts = next(number for first, number in _PARTS.items() if two[2].startswith(first))
        return float(two[1]) + float(two[3]) / parts, two[2]
    if part := re.fullmatch(r"([\d.]+) of an? (.+)", said.strip()):
        return float(part[1]), part[2]
    if found := re.fullmatch(r"(-?[\d.,]+)\s*(.+)", said.strip()):
        try:
            return float(found[1].replace(",", "")), found[2].strip()
        except ValueError:
            return 1.0, None
    if half := re.fullmatch(r"half an? (.+)", said.strip()):
        return 0.5, half[1]
    one = re.fullmatch(r"(?:a|an|one)\s+(.+)", said.strip())
    return 1.0, one[1] if one else None


_units: Any = None


def _registry() -> Any:
    """The units of pint, read once: 0.2 s."""
    global _units
    if _units is None:
        from pint import UnitRegistry

        _units = UnitRegistry(autoconvert_offset_to_baseunit=True)
    return _units


def _unit(said: str, names: dict[str, Any]) -> str:
    plain = said.casefold().strip()
    return str(names.get(plain, plain.replace(" ", "_")))


def _is_unit(registry: Any, said: str, names: dict[str, Any]) -> bool:
    try:
        registry.Unit(_unit(said, names))
    except Exception:
        return False
    return True


INTENTS = {
    "Sum": work_out,
    "MoreOfSum": go_on,
    "Split": split,
    "Percentage": percentage,
    "Decimal": decimal,
    "ConvertMore": convert_more,
    "Convert": convert,
    "ConvertAsked": convert_asked,
}
