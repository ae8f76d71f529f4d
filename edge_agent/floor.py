"""Floor: who has it: what the agent is saying while the user is heard, and how far it yields to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol


class Speaking(IntEnum):
    """What the agent does while the user is heard. True where speech is a barge-in."""

    SILENT = 0
    ANSWERING = 1
    """An answer is due or being heard."""
    ASKING = 2
    """... that wants an answer of the user's: it asks something, rings or apologizes. No word is a mere nod then."""


Heeds = Literal["known", "caller", "all"]
"""The people who are heeded, where voices count: those who are known; whoever has just said its name, and is known from
then on; everybody, as what they say is only looked through for its name."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What goes on while a frame is heard."""

    speaking: Speaking = Speaking.SILENT
    settled: bool = False
    """Whether what was said so far is a request that code knows, and answers without changing anything: whoever goes on
    has lost nothing, so that the shortest hold is enough."""
    hurried: bool = False
    """Whether others wait to be heard, so that nothing is done ahead."""

    heeds: Heeds = "known"
    """Whom it heeds, where voices count."""


ALONE = Meanwhile()

Yields = Literal["no", "ducked", "silent"]
"""What becomes of an answer while somebody speaks: it is heard as ever, more quietly, or waits to go on."""


class Talking(Protocol):
    """The agent's side of a conversation, as the ears ask for it before each frame."""

    @property
    def speaking(self) -> Speaking:
        """What the agent does while the user is heard."""
        ...

    @property
    def settled(self) -> bool:
        """Whether the request is settled (Meanwhile)."""
        ...
