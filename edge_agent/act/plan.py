"""Plan: what code makes of a turn: what is to be said, and what is to be done before, once the turn is certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge_agent.types import Json

if TYPE_CHECKING:
    from edge_agent.act.understand import Understood


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that was done."""

    what: str
    """A past participle: "timer_set", "item_added"."""
    details: dict[str, Any] = field(default_factory=dict)
    """Plain JSON."""

    def to_json(self) -> Json:
        return {"what": self.what, **self.details}


@dataclass(frozen=True, slots=True)
class Question:
    """What the agent has asked, and who reads the answer."""

    intent: str
    """The intent that is complete once the slot is filled."""
    slot: str
    """What is missing: "when", "duration", "text" ... or "yes" for a yes or no."""
    slots: dict[str, Any] = field(default_factory=dict)
    """What is known already."""


AGAIN = "again"
"""The topic of a plan that changes no subject: it says again what was said, or undoes what was done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Nothing has happened yet: a plan may be of a draft that is taken back.

    `said` is true once `effect` has returned, and is not heard before.
    """

    said: str
    """What is spoken; nothing for a turn that only ends the answer."""
    effect: Callable[[], Effect] | None = None
    """Does it. Raises EdgeAgentError with a sentence that is said instead."""
    question: Question | None = None
    call: tuple[str, str] | None = None
    """A tool that is called once the turn is certain, and its arguments: what it returns is said in place of `said`."""
    by: str = ""
    """The name of what answers: "skill:timers"."""
    topic: str = ""
    """What the next turn may mean by "it", for the skill that made the plan."""
    pace: float = 1.0
    """The factor by which it is spoken faster."""
    vague: bool = False
    """Whether it counts only if the words can mean nothing else."""
    age: int | None = None
    """The turns since that was spoken of which "it" was taken for; None: nothing was."""
    meant: Understood | None = None
    """The sentence that it was made of, if one was."""
    parts: tuple[Plan, ...] = ()
    """Where it is several plans in one: what is done, one after the other."""

    @property
    def only_talk(self) -> bool:
        """Whether nothing is done, and nothing asked."""
        return self.effect is None and self.question is None and self.call is None and not self.parts


def joined(plans: Sequence[Plan]) -> Plan | None:
    """The one plan of several, done in their order; None of none."""
    if not plans:
        return None
    said = " ".join(plan.said for plan in plans)
    parts = () if all(plan.only_talk for plan in plans) else tuple(plans)
    return Plan(said, by=plans[0].by, topic=plans[-1].topic, parts=parts)
