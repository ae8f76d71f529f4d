"""Amounts: what the user said of numbers and units, in place of what an LLM made of it in the arguments of a call.

Qwen2.5-Coder 1.5B wrote 120 hours of "two hours", 1,800 hours of "three hours", and nothing of "ten minutes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from edge_agent.act.numbers import to_digits
from edge_agent.types import Json

_AMOUNT = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?)[ -]?([a-z]+)\b(?! and a)")
_NUMBERS = ("integer", "number")


def members_of(parameters: Json) -> dict[str, Json]:
    """The arguments that have a schema of their own. It may be whatever a client sent."""
    members = parameters.get("properties")
    return {name: each for name, each in members.items() if isinstance(each, dict)} if isinstance(members, dict) else {}


def amounts_as_said(arguments: Json, parameters: Json, words: str) -> Json:
    """The arguments, with the one amount of `words` ("ten minutes") in the number and the choice of units that the
    schema has for it. As they are where there are several of either, or the words hold no such unit."""
    properties = members_of(parameters)
    numbers = [name for name, each in properties.items() if each.get("type") in _NUMBERS]
    units = {name: each["enum"] for name, each in properties.items() if isinstance(each.get("enum"), list)}
    said = list(_amounts(words, units))
    if len(numbers) != 1 or len(said) != 1:
        return arguments
    value, fitting = said[0]
    known = [name for name, unit in fitting.items() if arguments.get(name) == unit]
    if len(fitting) > 1 and not known:
        return arguments
    number = int(value) if value == int(value) else value
    if properties[numbers[0]]["type"] == "integer" and isinstance(number, float):
        return arguments
    return {**arguments, numbers[0]: number, **({} if known else fitting)}


def _amounts(words: str, units: dict[str, list[Any]]) -> Iterator[tuple[float, dict[str, str]]]:
    """Each number of the words before a unit, with that unit by the name of the properties that may have it."""
    for found in _AMOUNT.finditer(to_digits(words.casefold())):
        fitting = {
            name: choice
            for name, choices in units.items()
            for choice in choices
            if isinstance(choice, str) and choice.casefold().rstrip("s") == found[2].rstrip("s")
        }
        if fitting:
            yield float(found[1]), fitting
