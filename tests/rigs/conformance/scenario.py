"""A scenario: one thing that a server must do, with a name and a sentence that says what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from tests.rigs.conformance.client import Server
from tests.rigs.conformance.names import Dialect

Play = Callable[[Server], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    what: str
    dialect: Dialect
    play: Play
    """Raises Failed or NotShown; whatever else it raises is a failure too."""


def scenario(play: Play) -> Scenario:
    """The function's name is the scenario's, its docstring says what; `beta_...` speaks beta."""
    name = play.__name__
    return Scenario(name.replace("_", "-"), (play.__doc__ or "").strip(), _dialect(name), play)


def _dialect(name: str) -> Dialect:
    return "beta" if name.startswith("beta_") else "ga"
