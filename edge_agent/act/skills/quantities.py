"""Quantities: a number and a unit, and how much it is in another unit, as it is measured in the owner's country."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from edge_agent.act.asked import Asked

_IN_TWO = re.compile(
    r"(\d+) (foot|feet|ft|stones?|pounds?) (?:and )?(\d+(?:\.\d+)?)(?: (?:inch(?:es)?|pounds?|ounces?))?"
)
_PARTS = {"fo": 12, "fe": 12, "ft": 12, "st": 14, "po": 16}
"""How many of the next smaller unit make one, by how the unit begins: foot, stone, pound."""


def quantity(said: str) -> tuple[float, str | None]:
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
    if part := re.fullmatch(r"(?:an? )?(half|quarter|third)(?: of)?(?: an?)? (.+)", said.strip()):
        return {"half": 0.5, "quarter": 0.25, "third": 1 / 3}[part[1]], part[2]
    one = re.fullmatch(r"(?:a|an|one)\s+(.+)", said.strip())
    return 1.0, one[1] if one else None


@lru_cache(1)
def read_units() -> Any:
    """The units of pint, read once: 0.4 s."""
    from pint import UnitRegistry

    return UnitRegistry(autoconvert_offset_to_baseunit=True)


def in_other_unit(asked: Asked, amount: float, unit: str, wanted: str) -> dict[str, float] | None:
    """How much it is, by the words for where: of a pint two results, where nobody knows whose. None: it is none."""
    units, found = read_units(), dict[str, float]()
    for where, imperial in _measures(asked).items():
        try:
            quantity = units.Quantity(amount, _unit(asked, unit, imperial))
            found[where] = float(quantity.to(_unit(asked, wanted, imperial)).magnitude)
        except Exception:  # pint has a class for each way in which words are no unit
            return None
    first = next(iter(found.values()))
    return found if any(each != first for each in found.values()) else {"": first}


def _measures(asked: Asked) -> dict[str, bool]:
    """Whether a pint is the imperial one, by what is said of where; both where the owner's country is not known."""
    if asked.country:
        return {"": asked.country in asked.words["imperial_in"]}
    return {asked.words["answers"]["british"]: True, asked.words["answers"]["american"]: False}


def _unit(asked: Asked, said: str, imperial: bool) -> str:
    plain = said.casefold().strip()
    name = str(asked.words["units"].get(plain, plain.replace(" ", "_")))
    single = name.removesuffix("s")
    return f"imperial_{single}" if imperial and single in asked.words["imperial"] else name


def is_unit(asked: Asked, said: str) -> bool:
    try:
        read_units().Unit(_unit(asked, said, False))
    except Exception:
        return False
    return True
