"""Talk: what a conversation knows of itself: what was spoken of and done, as long as people keep it in mind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from edge_agent.act.plan import Effect

if TYPE_CHECKING:
    from edge_agent.act.understand import Understood

HOLDS_TURNS = 8
"""So many turns later "it" is still what was spoken of, whoever has answered between."""
HOLDS = timedelta(minutes=10)
"""It is kept in mind so long, by the wall clock."""
AWAITED = timedelta(hours=3)
"""What runs is waited for: where nothing else was spoken of since, it may be asked after so much later."""
NEAR_TURNS = 3
"""So many turns later it is meant where nothing is said of what."""


@dataclass(frozen=True, slots=True)
class Mention:
    """What a skill has spoken of last."""

    turn: int
    at: datetime
    topic: str = ""
    """What of it: the list, the sum, the number of the timer."""
    done: Effect | None = None
    """What the skill has done last."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done in one turn."""

    turn: int
    at: datetime
    said: str
    heard: str
    """What the user had said."""
    effects: tuple[Effect, ...]
    take_back: Callable[[], None] | None
    """Makes it undone. Raises RecordsError. None: nothing of ours can."""


@dataclass
class Talk:
    last_heard: str = ""
    """What the user said in the turn before."""
    last_said: str = ""
    """The last answer, as far as it was heard."""
    rest: str = ""
    """What the user has not heard of an answer that was interrupted, from the sentence on that was under way; nothing
    but code has answered since."""
    just_cut: bool = False
    """Whether it was interrupted by what is said now."""
    ringing: Any = None
    """What rings, if anything does."""
    _rang: tuple[int, Any] | None = None
    deed: Deed | None = None
    """What was done last."""
    told: tuple[int, Understood] | None = None
    """The last command that says all that it means, and its turn."""
    asked: tuple[int, Understood] | None = None
    """The same of the last question."""
    turn: int = 0
    """The turns that had a subject: thanks and repeats have none."""
    llm_turn: int = 0
    """The last of them that the LLM answered."""
    _mentions: dict[str, Mention] = field(default_factory=dict)

    def passed(self) -> None:
        """The LLM answers this turn."""
        self.turn += 1
        self.llm_turn = self.turn

    def spoke(self, skill: str, topic: str, done: Effect | None, now: datetime) -> None:
        """A skill answers in this turn."""
        before = self._mentions.get(skill)
        if before and before.turn == self.turn:  # two things at once: "it" is neither alone
            topic, done = "", None
        elif done is None and before and self._holds(before, now):
            done = before.done
        self._mentions[skill] = Mention(self.turn, now, topic, done)

    def of(self, skill: str, now: datetime) -> Mention | None:
        """What the skill has spoken of, as long as it is kept in mind."""
        found = self._mentions.get(skill)
        return found if found and self._holds(found, now) else None

    def last_skill(self, between: int = 0) -> str:
        """The skill that spoke in the last turn that had a subject; empty if it was none, or several. `between`: so
        many answers of the LLM may lie between."""
        turn = max((each.turn for each in self._mentions.values()), default=0)
        last = [skill for skill, each in self._mentions.items() if self.turn - between <= turn == each.turn]
        return last[0] if len(last) == 1 else ""

    def awaits(self, skill: str, now: datetime) -> bool:
        """Whether what runs may still be asked after."""
        found = self._mentions.get(skill)
        return found is not None and self.is_last(found) and now - found.at <= AWAITED

    def is_last(self, mention: Mention) -> bool:
        """Whether nothing else was spoken of since."""
        return mention.turn == self.turn

    def was_for_llm(self, mention: Mention) -> bool:
        """Whether the LLM has answered since."""
        return mention.turn < self.llm_turn

    def quieted(self) -> Any:
        """What rings does so no more; it is given back."""
        ring, self.ringing = self.ringing, None
        if ring is not None:
            self._rang = self.turn, ring
        return ring

    @property
    def rung(self) -> Any:
        """What rings, or rang just before and nothing else was spoken of since."""
        return self.ringing or (self._rang[1] if self._rang and self._rang[0] == self.turn else None)

    @property
    def is_llms(self) -> bool:
        """Whether the LLM answered last."""
        return 0 < self.llm_turn == self.turn

    def deed_in_mind(self, now: datetime) -> Deed | None:
        """What was done last, as long as it is kept in mind."""
        return self.deed if self.deed and self._holds(self.deed, now) else None

    def did(
        self, now: datetime, said: str, heard: str, effects: tuple[Effect, ...], back: Callable[[], None] | None
    ) -> None:
        """What was done in this turn, if anything; `back` makes it undone."""
        if effects:
            self.deed = Deed(self.turn, now, said, heard, effects, back)

    def taken_back(self) -> None:
        """What was done last is undone: nothing is known of it any more."""
        self.deed = None
        self._mentions = {skill: replace(each, done=None) for skill, each in self._mentions.items()}

    def _holds(self, what: Mention | Deed, now: datetime) -> bool:
        return self.turn - what.turn <= HOLDS_TURNS and now - what.at <= HOLDS
