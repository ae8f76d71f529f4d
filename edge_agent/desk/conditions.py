"""Conditions: "bill >= 100 and owner = yes", an owner's test of what a form holds. No code of theirs is run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ONE = re.compile(r"(not\s+)?([a-z][a-z0-9_]*)\s*(?:(==?|!=|<=|>=|<|>)\s*(.+?))?\s*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a slot."""

    slot: str
    operator: str
    """One of = != < <= > >=, "" for "has a value that is no no", "not" for the contrary."""
    value: str = ""

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether it is so. What is not known is neither this nor that."""
        found = values.get(self.slot)
        if self.operator in ("", "not"):
            return (found not in (None, "", False)) == (self.operator == "")
        if found is None or found == "":
            return False
        return _compared(found, self.operator, self.value)


def conditions_of(text: str) -> tuple[Condition, ...]:
    """The conditions of a text, all of which must hold. Raises ValueError with a sentence."""
    found = []
    for part in re.split(r"\s+and\s+", text.strip()):
        match = _ONE.fullmatch(part)
        if match is None or (match[1] and match[3]):
            raise ValueError(f'{part!r} is no condition: one looks like "bill >= 100" or "owner = yes".')
        slot, operator = match[2], (match[3] or "").replace("==", "=")
        value = (match[4] or "").strip("'\"")
        if operator in ("<", "<=", ">", ">=") and not _NUMBER.fullmatch(value):
            raise ValueError(f"{part!r}: {value!r} is no number.")
        found.append(Condition(slot, operator or ("not" if match[1] else ""), value))
    return tuple(found)


def hold(conditions: Sequence[Condition], values: Mapping[str, object]) -> bool:
    """Whether all of them hold; none always do."""
    return all(condition.holds(values) for condition in conditions)


def _compared(found: object, operator: str, value: str) -> bool:
    if operator in ("=", "!="):
        return (_plain(found) == _plain(_typed(value, found))) == (operator == "=")
    if isinstance(found, bool) or not _NUMBER.fullmatch(str(found)):
        return False
    number, limit = float(str(found)), float(value)
    return {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}[operator]


def _typed(value: str, like: object) -> object:
    """The value in the file as the form has values of that kind."""
    if isinstance(like, bool):
        return {"yes": True, "true": True, "no": False, "false": False}.get(value.casefold(), value)
    return float(value) if isinstance(like, int | float) and _NUMBER.fullmatch(value) else value


def _plain(value: object) -> object:
    return value.casefold().strip() if isinstance(value, str) else value
