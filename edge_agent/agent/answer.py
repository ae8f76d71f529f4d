"""The one answer that a conversation prepares or plays: whose it is, and how much of it was heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge_agent.act.plan import Plan
from edge_agent.speak.chimes import Chime
from edge_agent.speak.playback import AnswerPlayed
from edge_agent.think.brief import Written
from edge_agent.types import Failure, Heard, Sentence, StillWorking, Turn, Voiced

Playable = Voiced | Failure | Written | StillWorking | Chime
"""What comes to playback of an answer, in order; the last is a Written or a Failure. A Chime belongs to none."""

OnMark = Callable[[Turn, str, float], object]
"""It is called with the turn, the name of a moment (watch/latency.py) and its line time in seconds."""

NOTHING = "The answer has nothing that can be heard."

QUIET_S = 3.0
"""An answer that is due and of which nothing has been heard for so long: the user is told that it is worked on ..."""
WORKING_S = 1.2
"""... and sooner while a tool works, as nobody knows how long that takes."""
_ENDS = (".", "!", "?", "…", ":", ";", ".”", '."')


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
    ring: bool = False
    """Something is due: it is heard while the voice is muted, too."""
    working: bool = False
    """A tool has been called, and has not returned ..."""
    told: bool = False
    """... and the user knows that it is worked on."""
    sentences: list[Sentence] = field(default_factory=list)
    """What has come of it, heard or not, in order."""
    plan: Plan | None = None
    """What code does in this turn; None: the LLM answers it."""

    def come(self, part: object) -> None:
        """Keep account of what comes of it."""
        if isinstance(part, Voiced) and part.position == 0:
            self.sentences.append(part.sentence)

    @property
    def rest(self) -> str:
        """What has come of it and was not heard to the end, from the beginning on of the sentence under way."""
        texts, first = [sentence.text for sentence in self.sentences], self.played.whole
        while 0 < first < len(texts) and not texts[first - 1].endswith(_ENDS):
            first -= 1  # sentences come in pieces
        return " ".join(filter(None, texts[first:]))

    def is_overdue(self, now_s: float) -> bool:
        most_s = WORKING_S if self.working else QUIET_S
        return self.committed and not self.apology and now_s - self.quiet_since_s >= most_s
