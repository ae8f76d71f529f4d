"""Expecting: what a caller is likely to say next, in words of the kind, so that the ASR hears it more readily."""

from __future__ import annotations

from collections.abc import Sequence

from edge_agent.desk.conversation import CallState
from edge_agent.desk.premises import Premises

MOST = 12
"""So many of the owner's names are told: each costs a few tokens to read."""
OF_TYPES = {"date": "when", "when": "when", "name": "name", "phone": "phone", "date_of_birth": "when"}
"""Kinds of what is expected, by the types of an owner's questions."""


def expected(conversation: CallState, premises: Premises) -> str:
    """Sentences of that kind: of the slot that was asked, with the owner's names where one is to be chosen. At a
    read-back, what is corrected most often. "": anything."""
    asked, kinds = conversation.asked or "", premises.phrases.values["expect"]
    if asked == "name" and conversation.refused:
        asked = "name_spell"
    if asked == "service":
        return _listed([each.name for each in premises.agent.services])
    if asked == "staff":
        return _listed([each.name for each in premises.agent.staff_for(conversation.text("service") or None)])
    if own := premises.own(asked):
        return _listed(own.choices) or str(kinds.get(OF_TYPES.get(own.type, ""), ""))
    if asked in ("confirm", "change") and not conversation.text("name"):
        return ""
    return str(kinds.get(asked, ""))


def _listed(names: Sequence[str]) -> str:
    return f"{'. '.join(names[:MOST])}." if names else ""
