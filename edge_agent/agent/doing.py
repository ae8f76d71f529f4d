"""Doing: what code does in a line's conversation beside the LLM: plans, their effects, and what rings."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Plan
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.ledger import Said
from edge_agent.host.jobs import Answer, Job, Manner, Say
from edge_agent.types import Turn

log = logging.getLogger(__name__)

RING_S = 60.0
"""How long something rings, if nobody ends it."""
AGAIN_S = 3.0
"""Silence between two rings."""


class Doing:
    def __init__(self, briefs: Briefs, act: Act | None) -> None:
        """The LLM answers everything where there is no `act`."""
        self._briefs, self._act = briefs, act
        self._rings: list[Done] = []
        """What is due and was not heard yet."""
        self._ringing: Done | None = None
        self._until_s = self._again_s = 0.0

    @property
    def gain(self) -> float:
        """The factor of the voice's loudness that the user has asked for."""
        return self._act.gain if self._act else 1.0

    def plan(self, text: str) -> Plan | None:
        """What code answers; None: the LLM does. A defect of ours costs the skill, not the turn."""
        if self._act is None:
            return None
        try:
            return self._act.plan(text)
        except Exception:
            log.exception("Nothing was understood.")
            return None

    def job(self, turn: Turn, text: str, history: Sequence[Said], plan: Plan | None) -> Job | None:
        """What the host is asked to make ahead of the commit; None where there is nothing to be heard."""
        if plan is None:
            return Answer(turn.id, self._briefs.brief(turn.number, text, history), traced=True)
        return say(turn, plan.said, plan.pace) if plan.said else None

    def carry_out(self, plan: Plan | None) -> Done | None:
        """The turn is certain: what is to be done is done, before a word of it is heard. Ends what rings."""
        self._ringing = None
        if self._act is None:
            return None
        return self._act.carry_out(plan) if plan else self._act.passed()

    def heard(self, said: str) -> None:
        if self._act:
            self._act.heard(said)

    def due(self, now_s: float) -> Done | None:
        """What is to ring now, for the first time or again. Asked while nobody speaks."""
        if self._act is None:
            return None
        self._rings += self._act.rung()
        if self._ringing and now_s >= self._until_s:
            self._ringing = None
            self._act.quiet()
        if self._ringing is None and self._rings:
            self._ringing, self._until_s, self._again_s = self._rings.pop(0), now_s + RING_S, now_s
            if self._ringing.effects and self._ringing.effects[0].details.get("missed"):
                once, self._ringing = self._ringing, None
                return once
        if self._ringing is None or now_s < self._again_s:
            return None
        self._again_s = now_s + AGAIN_S
        return self._ringing


def say(turn: Turn, text: str, pace: float = 1.0) -> Say:
    return Say(turn.id, text, Manner(speed=pace))
