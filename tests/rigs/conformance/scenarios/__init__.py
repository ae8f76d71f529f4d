"""All scenarios, by theme."""

from __future__ import annotations

from tests.rigs.conformance.scenario import Scenario
from tests.rigs.conformance.scenarios import (
    answers,
    bad_input,
    beta,
    interruption,
    items,
    session,
    several,
    sound,
    tools,
    turns,
)

_THEMES = (session, answers, several, items, tools, turns, interruption, sound, bad_input, beta)
ALL = [value for theme in _THEMES for value in vars(theme).values() if isinstance(value, Scenario)]
"""In the order of the table."""
