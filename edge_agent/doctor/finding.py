"""What a check is and how it reports: a line for whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edge_agent.errors import EdgeAgentError

Status = Literal["ok", "doubt", "broken"]

Check = Callable[[], str]
"""Returns what it found. Raises Doubt where a conversation is possible all the same, else anything."""


class Doubt(EdgeAgentError):
    """Worth knowing; a conversation is possible nevertheless."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    status: Status
    found: str
    fix: str | None = None
    """The command that mends it."""


def finding(name: str, check: Check) -> Finding:
    """What `check` found, whatever it raises."""
    try:
        return Finding(name, "ok", check())
    except Doubt as doubt:
        return Finding(name, "doubt", doubt.args[0], doubt.fix)
    except EdgeAgentError as error:
        return Finding(name, "broken", error.args[0], error.fix)
    except Exception as error:
        return Finding(name, "broken", f"{type(error).__name__}: {error}")
