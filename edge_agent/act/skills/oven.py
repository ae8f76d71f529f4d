"""Oven: gas marks, as British recipes have them, and what the other scale of a temperature is."""

from __future__ import annotations

from edge_agent.act.asked import Asked

MARKS = {
    0.25: (110, 225),
    0.5: (120, 250),
    1: (140, 275),
    2: (150, 300),
    3: (170, 325),
    4: (180, 350),
    5: (190, 375),
    6: (200, 400),
    7: (220, 425),
    8: (230, 450),
    9: (240, 475),
}
"""The temperature of each in °C and °F: 25 °F from one to the next, and rounded in °C as recipes do."""
_FARTHEST = 15
"""°C from the nearest mark; what is farther from all has none."""


def other_scale(asked: Asked, unit: str) -> str | None:
    """Celsius of Fahrenheit, which is what whoever has the one asks for; None: it is no temperature."""
    scales: dict[str, str] = asked.words["scales"]
    return scales.get(unit.casefold().removeprefix("degrees "))


def of_mark(asked: Asked, mark: float, unit: str) -> int | None:
    """How hot it is; None: there is no such mark, or the unit is no temperature."""
    scale = other_scale(asked, unit)
    return MARKS[mark][scale == asked.words["celsius"]] if mark in MARKS and scale else None


def mark_of(celsius: float) -> float | None:
    """The nearest gas mark; None: there is none near."""
    mark = min(MARKS, key=lambda each: abs(MARKS[each][0] - celsius))
    return mark if abs(MARKS[mark][0] - celsius) <= _FARTHEST else None
