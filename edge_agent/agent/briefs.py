"""Briefs: persona, ledger and the user's words -> what the LLM is asked, alike as far as it was asked before."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from edge_agent.agent.ledger import Said
from edge_agent.think.brief import Brief, Message, MessageRole

_conversations = itertools.count()


class Briefs:
    """The briefs of one conversation. What has been told once is told alike for ever, as the LLM's cache of it is lost
    otherwise.
    """

    def __init__(self, persona: str) -> None:
        self._persona = persona
        self._name = f"line{next(_conversations)}"
        self._history: Sequence[Said] = ()
        self._messages: list[Message] = []
        """What was made of `_history`."""

    def brief(self, turn: int, said: str, history: Sequence[Said]) -> Brief:
        """What asks for the answer of `turn`. `said` is what the user has said, so far or in all."""
        asked = Message(f"{self._name}.{turn}.user", "user", said)
        return Brief(
            key=f"{self._name}.{turn}.agent",
            instructions=self._persona,
            messages=(*self._told(history), asked),
            conversation=self._name,
            honest=True,
        )

    def _told(self, history: Sequence[Said]) -> list[Message]:
        known = len(self._history)
        grew = known <= len(history) and all(self._history[i] is history[i] for i in {0, known - 1} if known)
        if not grew:
            known, self._messages = 0, []
        self._messages += [self._message(said) for said in history[known:]]
        self._history = history
        return self._messages

    def _message(self, said: Said) -> Message:
        role: MessageRole = "user" if said.who == "user" else "assistant"
        return Message(f"{self._name}.{said.turn}.{said.who}", role, said.text)
