"""Step: what a turn would come to. Nothing has happened yet: it may be of a draft that is taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from edge_agent.desk.answers import Topic
from edge_agent.desk.conversation import CallState, Proposal
from edge_agent.desk.reply import Author


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """The answer to a question."""

    said: str
    topic: Topic | None = None
    """What the documents were asked about; None: the answer is of the owner's file."""
    is_of_hours: bool = False
    """Whether it tells when it is open."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is said and what is true after it."""

    said: str
    after: CallState
    write: Proposal | None = None
    """What the caller has said yes to: it is written before a word is heard, and told of ahead of `said`."""
    effects: tuple[dict[str, Any], ...] = ()
    by: Author = "code"
    way: str = ""
    """What understood it: the name of one of `turn`'s ways."""
    question: str = ""
    """A question of the caller's that is still to be answered, ahead of `said` ..."""
    answer: DeskAnswer | None = None
    """... by this, where it is known already."""

    def behind(self, words: str) -> Step:
        """This, with words ahead of it."""
        return replace(self, said=f"{words} {self.said}".strip()) if words else self
