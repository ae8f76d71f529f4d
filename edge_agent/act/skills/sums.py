"""Sums: arithmetic, percentages and units, worked out by code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from edge_agent.act.asked import Asked
from edge_agent.act.numbers import to_digits
from edge_agent.act.plan import Plan
from edge_agent.act.skills.oven import mark_of, of_mark, other_scale
from edge_agent.act.skills.quantities import in_other_unit, is_unit, quantity

LONGEST = 120
"""Characters of a sum."""
_MOST_DIGITS = 12
_PACE = "pace "
"""Begins the topic of so much time for all of a distance."""


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
    made = _gone_on(asked)
    before, _, unit = asked.topic.partition("|")[2].partition(" to ")
    if made is None or not unit:
        return made
    result = made.topic.partition("|")[0]
    return replace(
        made, said=f"{made.said[:-1]} {unit}.", topic=f"{result}|{result} {unit} to {before.partition(' ')[2]}"
    )


def _gone_on(asked: Asked) -> Plan | None:
    result, _, said = asked.topic.partition("|")
    if asked.slot("from") and result:  # what is given back
        return work_out(asked.with_slots(sum=f"{asked.slot('sum')} minus {result}"))
    if asked.slot("many") and (times := re.match(r"\S+(?= .* (?:at|for|times) )", said)):
        return work_out(asked.with_slots(sum=f"{asked.slot('sum')}{said[times.end() :]}"))
    if asked.slot("whole") and " of " in said:  # the 15 percent to what they are of
        return work_out(asked.with_slots(sum=f"{said.rpartition(' of ')[2]} plus {result}"))
    if asked.slot("percent") and " of " in said:
        return work_out(asked.with_slots(sum=f"{asked.slot('sum')} percent of {said.rpartition(' of ')[2]}"))
    if asked.slot("share") and result:
        share = asked.slot("sum").removesuffix(" of")
        return work_out(asked.with_slots(sum=f"{share} of {result}")) or work_out(
            asked.with_slots(sum=f"{share} {result}")
        )
    op = asked.slot("op") or asked.slot("of")
    if asked.slot("other") and result:  # "take that off sixty"
        return work_out(asked.with_slots(sum=f"{asked.slot('sum')} {op} {result}"))
    before = said.rpartition(f" {op} ")[0] if asked.slot("of") else result
    if not before:
        return None
    return work_out(asked.with_slots(sum=f"{before} {op} {asked.slot('sum')}"))


def put_in(asked: Asked) -> Plan | None:
    """What as many as the sum was shared among pay together, or what is over."""
    whole, _, number = asked.topic.partition("|")[2].rpartition(" divided by ")
    if not whole or not number:
        return None
    over = f" minus {whole}" if asked.slot("over") else ""
    made = work_out(asked.with_slots(sum=f"{number} times {asked.slot('sum')}{over}"))
    return replace(made, topic=asked.topic) if made else None


def pace(asked: Asked) -> Plan | None:
    """How long one mile takes, where the talk is of a distance and of how long all of it takes."""
    result, _, said = asked.topic.partition("|")
    last = result.removeprefix(_PACE) if result.startswith(_PACE) else ""
    told = (asked.when.start - asked.now).total_seconds() if asked.when else asked.seconds
    seconds, whole, to = told or float(last or 0), said.partition(" to ")[0], asked.slot("to")
    amount, unit = quantity(whole)
    many = in_other_unit(asked, amount, unit, to) if unit and seconds and is_unit(asked, to) else None
    if many is None or len(many) != 1 or not many[""]:
        return None
    length = asked.spoken.length(round(seconds / many[""]))
    return Plan(asked.say("pace", length=length, unit=to), topic=f"{_PACE}{seconds}|{whole} to {to}")


def split(asked: Asked) -> Plan | None:
    """Shares an amount, with what is given on top: "split 86 pounds 40 five ways with a ten percent tip"."""
    said, more = asked.slot("sum"), asked.slot("more")
    if not said:  # "and if there were six of us", "without the tip"
        said, _, number = asked.topic.partition("|")[2].rpartition(" divided by ")
        if not said:
            return None
        asked = asked.with_slots(number=asked.slot("number") or number)
    if not asked.slot("number"):  # "four ways"
        said, _, number = said.rpartition(" ")
        asked = asked.with_slots(number=number)
    said = re.sub(r" plus [^|]* percent$", "", said) if asked.slot("without") else said
    said += f" plus {re.sub('^an? ', '', more)} percent" if more else ""
    return work_out(asked.with_slots(sum=f"{said} divided by {asked.slot('number')}"))


def convert(asked: Asked) -> Plan | None:
    """Converts a quantity to another unit."""
    what = to_digits(re.sub(asked.words["kilometres"], " km", asked.slot("from"), flags=re.IGNORECASE))
    gas_mark = str(asked.words["gas_mark"])
    if mark := re.search(rf"\b{gas_mark} ([\d.]+)$", what):
        return _of_gas_mark(asked, float(mark[1]), f"{gas_mark} {mark[1]}")
    if asked.slot("mark"):  # "how hot is 180": of a gas mark alone is it known what is asked for
        return None
    if asked.slot("told"):  # "my son's five foot ten"
        what = re.sub(r"^.*?(?=\d|\b(?:an?|half) )", "", what)
    amount, unit = quantity(what)
    said = what if amount != round(amount, 2) else f"{amount:g} {unit}"
    wanted = re.sub(r"^(?:the|of|that in) ", "", asked.slot("to"))
    if unit is None:
        return None
    if wanted in asked.words["normal"]:
        wanted = other_scale(asked, unit) or wanted
    if wanted == gas_mark:
        return _as_gas_mark(asked, said, amount, unit)
    if (results := in_other_unit(asked, amount, unit, wanted)) is None:
        if not is_unit(asked, unit):
            return None
        return Plan(asked.say("units", **{"from": unit, "to": wanted}), vague=True)
    spoken = [f"{_spoken(round(result, 2))[0]} {wanted}{where}" for where, result in results.items()]
    topic = f"{round(next(iter(results.values())), 2)}|{round(amount, 2):g} {unit} to {wanted}"
    return Plan(asked.say("converted", asked=said, result=asked.spoken.listed(spoken)), topic=topic)


def _of_gas_mark(asked: Asked, mark: float, said: str) -> Plan | None:
    to = asked.slot("to")
    unit = asked.words["celsius"] if not to or to in asked.words["normal"] else to
    result = of_mark(asked, mark, unit)
    return Plan(asked.say("converted", asked=said, result=f"{result} {unit}")) if result else None


def _as_gas_mark(asked: Asked, said: str, amount: float, unit: str) -> Plan | None:
    celsius, name = in_other_unit(asked, amount, unit, asked.words["celsius"]), asked.words["gas_mark"]
    mark = mark_of(next(iter(celsius.values()))) if celsius else None
    if mark is None:
        return None
    return Plan(asked.say("converted", asked=said, result=f"{name} {mark:g}"), topic=f"{mark:g}|{said} to {name}")


def of_each(asked: Asked) -> Plan | None:
    """What several of a price cost: "six of them at 4 99"."""
    price = re.sub(r"^(\d+) (\d\d)$", r"\1.\2", to_digits(asked.slot("sum")))
    return work_out(asked.with_slots(sum=f"{asked.slot('number')} times {price}"))


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
    said = to_digits(asked.slot("sum").casefold())
    found = re.search(r"(?:\b(?:half )?an?|-?\d[\d.,]*)\s+([a-z°].*)", said)
    if found is None:
        return None
    words = found[1].split()
    for many in (3, 2, 1):
        unit, rest = " ".join(words[:many]), [*said[: found.start()].split(), *words[many:]]
        wanted = " ".join(word for word in rest if word not in asked.words["of_converting"])
        if wanted and len(words) >= many and is_unit(asked, unit) and is_unit(asked, wanted):
            amount = said[found.start() : found.start(1)] + unit
            plan = convert(asked.with_slots(**{"from": amount, "to": wanted}))
            return plan if plan and not plan.vague else None
    return None


def convert_more(asked: Asked) -> Plan | None:
    """Converts another number of the same unit: "and 20"; or the same to another: "what is that in metres"."""
    amount, _, wanted = asked.topic.partition("|")[2].partition(" to ")
    if not wanted:
        return None
    if re.match(asked.words["amounts"], asked.slot("to")):  # "and a kilo"
        return None
    if asked.slot("to"):
        is_known = asked.slot("to") == asked.words["gas_mark"] or is_unit(asked, asked.slot("to"))
        made = convert(asked.with_slots(**{"from": amount})) if is_known else None
        return None if made is None or made.vague else made
    number, unit = asked.number(), amount.partition(" ")[2]
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


INTENTS = {
    "Sum": work_out,
    "MoreOfSum": go_on,
    "PutIn": put_in,
    "Pace": pace,
    "Split": split,
    "OfEach": of_each,
    "Percentage": percentage,
    "Decimal": decimal,
    "ConvertMore": convert_more,
    "Convert": convert,
    "ConvertAsked": convert_asked,
}
