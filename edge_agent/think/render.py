"""Render: messages -> tokens, each in the wrapping of its role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.think.template import ChatRole, ChatTemplate, Side

Tokenize = Callable[[str, bool], list[int]]
"""Text and whether control tokens are read in it -> ids."""


@dataclass(frozen=True, slots=True)
class Render:
    template: ChatTemplate
    tokenize: Tokenize

    def start(self) -> list[int]:
        return self.tokenize(self.template.start, True)

    def text(self, role: ChatRole, text: str) -> list[int]:
        """A message of what somebody wrote or said: never read as control tokens."""
        return self.wrap(role, self.tokenize(text, False))

    def wrap(self, role: Side, body: list[int]) -> list[int]:
        before, after = self.template.before[role], self.template.after[role]
        if role == "assistant":
            before += self.template.answer_prefix
        return self.tokenize(before, True) + body + self.tokenize(after, True)

    def opening(self) -> list[int]:
        """What asks for an answer."""
        return self.tokenize(self.template.before["assistant"] + self.template.answer_prefix, True)

    @property
    def tail_length(self) -> int:
        """Tokens that follow the user's words in a prompt."""
        return len(self.tokenize(self.template.after["user"], True)) + len(self.opening())
