"""Reply: what comes of one turn at a desk, as whoever checks it from outside sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from edge_agent.types import Json

Author = Literal["code", "llm"]
"""The one who understood the turn. What is said is that of code either way."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, and all that somebody may want to know of the turn."""

    said: str
    asks: str | None = None
    """The slot whose answer is waited for; "confirm" for the yes to a proposal."""
    form: dict[str, Any] = field(default_factory=dict)
    """What is known, by slot: plain JSON."""
    proposal: dict[str, Any] | None = None
    """What a yes would do; None: nothing."""
    effects: tuple[dict[str, Any], ...] = ()
    """What was done in this turn, each with its "type"."""
    by: Author = "code"
    ms: int = 0
    """How long the turn took."""
    ends: bool = False
    """Whether the conversation is over."""

    def to_json(self) -> Json:
        """The line of `agents try --json`."""
        return {
            "said": self.said,
            "asks": self.asks,
            "form": self.form,
            "proposal": self.proposal,
            "effects": list(self.effects),
            "by": self.by,
            "ms": self.ms,
            "ends": self.ends,
        }
