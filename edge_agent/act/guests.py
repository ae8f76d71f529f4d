"""Guests: what somebody may ask for who is not the owner, such as a caller: nothing that is kept, nor of the home."""

from __future__ import annotations

from edge_agent.act.act import Act
from edge_agent.act.plan import Plan
from edge_agent.act.understand import Understood

HARMLESS = frozenset({"clock", "sums", "play", "talking", "about"})
"""The skills that a guest has."""
UNSEEN = frozenset({"WhatCanYouDo", "CanNotDo"})
"""Intents whose answers speak of the others: the LLM answers instead."""
_OWNERS = ("yours", "home")
"""Subjects of what the agent says it cannot know or do, whose answers offer the owner's skills."""


class GuestAct(Act):
    """A conversation with a guest."""

    def _run(self, meant: Understood, confirmed: bool | None = None) -> Plan | None:
        plan = None if meant.intent in UNSEEN else super()._run(meant, confirmed)
        return Plan(self._common("not_for_guests"), by=plan.by) if plan and is_refused(meant) else plan


def is_refused(meant: Understood) -> bool:
    """Whether this is for the owner alone."""
    return meant.skill not in HARMLESS or meant.slots.get("subject", "").startswith(_OWNERS)
