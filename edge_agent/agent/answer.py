"""The one answer that a conversation prepares or plays: whose it is, and how much of it was heard."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.speak.playback import AnswerPlayed
from edge_agent.types import Heard, Turn

QUIET_S = 3.0
"""An answer that is due and of which nothing has been heard for so long: the user is told that it is worked on."""


@dataclass
class CurrentAnswer:
    """The answer being prepared or heard, or the apology for it."""

    turn: Turn
    heard: Heard | None
    """None where the ears failed, and of an apology."""
    played: AnswerPlayed = field(default_factory=AnswerPlayed)
    committed: bool = False
    quiet_since_s: float = 0.0
    """Line time of its commit, its last sound or the last sign that it is worked on."""
    apology: bool = False
    """turn_failed was said: nothing more is to be."""

    def is_overdue(self, now_s: float) -> bool:
        return self.committed and not self.apology and now_s - self.quiet_since_s >= QUIET_S
