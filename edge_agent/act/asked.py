"""Asked: what a skill is given: the words of its slots, the time, what is kept, and the answers of its language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from edge_agent.act.numbers import number
from edge_agent.act.plan import Effect, Plan, Question
from edge_agent.act.sentences import Answers
from edge_agent.act.times import Found, When
from edge_agent.act.understand import Understood

if TYPE_CHECKING:
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.records import Records
    from edge_agent.act.tools import Toolbox


@dataclass
class Talk:
    """What the conversation knows of itself."""

    last_heard: str = ""
    """What the user said in the turn before."""
    last_deed: str = ""
    """What was said of what was done last."""
    last_said: str = ""
    """The last answer, as far as it was heard."""
    rest: str = ""
    """What the user has not heard of an answer that was interrupted, from the sentence on that was under way; nothing
    but code has answered since."""
    just_cut: bool = False
    """Whether it was interrupted by what is said now."""
    ringing: Any = None
    """What rings, if anything does."""
    done: Effect | None = None
    """What was done last, as far as "cancel that" and "no, make it eight" may mean it: nothing but the same skill has
    answered since."""
    topic: str = ""
    """The subject of the last answer, for the skill that gave it: a list, a sum."""
    done_by: str = ""
    """The skill that answered last, such as "skill:lists"."""


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

    def just(self, what: str) -> dict[str, Any] | None:
        """The details of what was done last, if it was that."""
        done = self.talk.done
        return done.details if done and done.what == what else None

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
