"""Briefs: persona, ledger and the user's words -> what the LLM is asked, alike as far as it was asked before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from edge_agent.agent.ledger import Said
from edge_agent.think.brief import Brief, Message

_conversations = itertools.count()


class Briefs:
    """The briefs of one conversation. Date and time go with the user's turn, not into the persona: what has been told
    once is told alike for ever, as the LLM's cache of it is lost otherwise.
    """

    def __init__(self, persona: str, stamp: Callable[[], str] = lambda: "") -> None:
        """`stamp` gives date and time, as they stand before what the user says."""
        self._persona, self._now = persona, stamp
        self._name = f"line{next(_conversations)}"
        self._stamped: tuple[int | None, str] = None, ""
        self._history: Sequence[Said] = ()
        self._messages: list[Message] = []
        """What was made of `_history`."""

    def stamp(self, turn: int) -> str:
        """The same however often a turn is prepared."""
        if self._stamped[0] != turn:
            self._stamped = turn, self._now()
        return self._stamped[1]

    def brief(self, turn: int, said: str, history: Sequence[Said]) -> Brief:
        """What asks for the answer of `turn`. `said` is what the user has said, so far or in all."""
        stamp = self.stamp(turn)
        asked = Message(f"{self._name}.{turn}.user", "user", _stamped(stamp, said))
        return Brief(
            key=f"{self._name}.{turn}.agent",
            instructions=self._persona,
            messages=(*self._told(history), asked),
            stamp=stamp,
            conversation=self._name,
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
        key = f"{self._name}.{said.turn}.{said.who}"
        if said.who == "user":
            return Message(key, "user", _stamped(said.stamp, said.text))
        return Message(key, "assistant", said.text)


def _stamped(stamp: str, text: str) -> str:
    return f"{stamp} {text}" if stamp else text
