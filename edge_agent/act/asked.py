"""Asked: what a skill is given: the words of its slots, the time, what is kept, and the answers of its language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from edge_agent.act.numbers import number
from edge_agent.act.plan import Plan, Question
from edge_agent.act.sentences import Answers
from edge_agent.act.talk import NEAR_TURNS, Mention, Talk
from edge_agent.act.times import Found, When
from edge_agent.act.understand import Understood

if TYPE_CHECKING:
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.records import Records
    from edge_agent.act.tools import Toolbox


class Numbered(Protocol):
    """Something that is kept under a number."""

    @property
    def id(self) -> int: ...


K = TypeVar("K", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Asked:
    understood: Understood
    now: datetime
    """Aware, in the owner's zone."""
    records: Records
    calendar: Calendar
    talk: Talk
    say: Answers
    """The answers of the skill."""
    spoken: ModuleType
    """words/<language>/values.py."""
    words: Any
    """All that the skill's file holds in this language."""
    chance: Callable[[int, int], int]
    """A whole number from the first to the second."""
    confirmed: bool | None = None
    """What the user said to the skill's question, if it was one of yes or no."""
    toolbox: Toolbox | None = None
    """What the LLM may call."""
    has_home: bool = False
    """Whether there is a Home Assistant that may be asked."""
    country: str | None = None
    """ISO 3166 code of the owner's country, if it is known."""
    points: bool = False
    """Whether a word points at what was spoken of: "it", "that one"."""
    ages: list[int] = field(default_factory=list)
    """How many turns ago that was spoken of which the skill has asked for."""

    def slot(self, name: str) -> str:
        """The words of a slot; empty if it was not said."""
        return self.understood.slots.get(name, "").strip(" ,.!?\"'")

    @property
    def when(self) -> When | None:
        """The likeliest meaning of the time that was said."""
        found = self.understood.times.get("when")
        return found.when.candidates[0] if found and found.when else None

    @property
    def choices(self) -> tuple[When, ...]:
        """What the time may mean, where people mean different things by it."""
        found = self.understood.times.get("when")
        return found.when.candidates if found and found.when and found.when.ask else ()

    @property
    def meanings(self) -> tuple[When, ...]:
        """All that the time may mean, the likeliest first, also where nobody would ask."""
        found = self.understood.times.get("when")
        return found.when.candidates if found and found.when else ()

    @property
    def seconds(self) -> float | None:
        """The duration that was said."""
        found = self.understood.times.get("duration")
        return found.duration.total_seconds() if found and found.duration else None

    def before(self, skill: str = "") -> Mention | None:
        """What the skill, this one if none is named, has spoken of, if it may be meant by these words: it was the last,
        or a word points at it."""
        found = self.talk.of(skill or self.understood.skill, self.now)
        if found is None or not (self.points or self.talk.is_last(found)):
            return None
        self.ages.append(self.talk.turn - found.turn)
        return found

    def near(self, skill: str = "") -> Mention | None:
        """The same, also if nothing points at it and it was a few turns ago."""
        if (found := self.before(skill)) is None:
            found = self.talk.of(skill or self.understood.skill, self.now)
            found = found if found and self.talk.turn - found.turn <= NEAR_TURNS else None
        return found

    def unbroken(self) -> Mention | None:
        """What this skill has spoken of, if the LLM has not answered since: "how long is it" may ask of its answer."""
        found = self.before()
        return None if found is None or self.talk.was_for_llm(found) else found

    def those(self, things: Sequence[K]) -> Sequence[K]:
        """The one of them of which this skill's talk is; all, where it may be each; none, where the talk is of
        something else."""
        found = self.before()
        if found is None:
            return ()
        last = found.topic or str(found.done.details.get("id") if found.done else "")
        one = [each for each in things if str(each.id) == last] if self.talk.is_last(found) else []
        return one or things

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was spoken of since this skill spoke."""
        found = self.before()
        return found is not None and self.talk.is_last(found)

    @property
    def did_several(self) -> bool:
        """Whether several things were done when this skill spoke last: "cancel that" means all of them."""
        found, deed = self.before(), self.talk.deed
        return bool(found and deed and deed.turn == found.turn and len(deed.effects) > 1)

    @property
    def topic(self) -> str:
        """The subject of this skill's last answer, if it may be meant."""
        found = self.before()
        return found.topic if found else ""

    def just(self, what: str) -> dict[str, Any] | None:
        """The details of what this skill did last, if it was that and may be meant."""
        found = self.before()
        return found.done.details if found and found.done and found.done.what == what else None

    def number(self, name: str = "number") -> float | None:
        return number(self.slot(name))

    def ask(self, said: str, slot: str) -> Plan:
        """A plan that asks for a slot; the answer comes back as the same intent with it."""
        return Plan(said, question=Question(self.understood.intent, slot, {"asked": self}))

    def with_times(self, **times: Found) -> Asked:
        return replace(self, understood=replace(self.understood, times={**self.understood.times, **times}))

    def lasting(self, seconds: float) -> Asked:
        """The same, as if that length of time had been said."""
        return self.with_times(duration=Found(0, 0, "duration", None, timedelta(seconds=seconds)))

    def with_slots(self, **slots: str) -> Asked:
        return replace(self, understood=replace(self.understood, slots={**self.understood.slots, **slots}))
