"""Ringing: what is due -> what is said of it, and who it is that says so."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING

from edge_agent.act.plan import Effect
from edge_agent.act.sentences import Sentences

if TYPE_CHECKING:
    from edge_agent.act.records import Ring

SKILLS = {"timer": "timers", "alarm": "alarms", "reminder": "reminders"}


class Announcing:
    def __init__(self, sentences: Sentences, spoken: ModuleType) -> None:
        self._sentences, self._spoken = sentences, spoken

    def said(self, ring: Ring, now: datetime) -> str:
        """The sentence for what rings, or should have rung while nothing ran."""
        say = self._sentences.answers(SKILLS[ring.kind])
        due = ring.due.astimezone(now.tzinfo)
        named = "named_rings" if ring.text and ring.kind != "reminder" else "rings"
        said = say(
            named,
            name=ring.text,
            text=say.to_you(ring.text),
            length=self._spoken.length(ring.seconds),
            clock=self._spoken.clock(due if ring.missed else now),
        )
        if not ring.missed:
            return said
        return say("missed", when=self._spoken.moment(due, now), said=said)

    def effect(self, ring: Ring) -> Effect:
        return Effect(
            "rang", {"kind": ring.kind, "text": ring.text, "due": ring.due.isoformat(), "missed": ring.missed}
        )
