"""Prompt: persona, ledger and the user's words -> tokens that begin as the last prompt did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge_agent.ledger import Said
from edge_agent.think.render import Render, Tokenize
from edge_agent.think.template import ChatTemplate


@dataclass
class Prompt:
    """Append-only: what has been a token stays that token, or the model's cache of the prefix is lost.

    So the date and time go with the user's turn, not into the persona; the words the model generated come back as the
    very ids it generated (re-tokenised text need not be equal); and old turns are dropped rarely and many at once.
    """

    template: ChatTemplate
    tokenize: Tokenize
    persona: str
    budget: int
    """Most tokens of a prompt: the context less the room for an answer."""
    forget: Callable[[int, int], object] = lambda start, count: None
    """Told which tokens of the last prompt are dropped: how many, and from where on."""
    _user_text: dict[int, str] = field(default_factory=dict)
    _answers: dict[int, tuple[str, list[int]]] = field(default_factory=dict)
    _first: int = 0
    """The oldest turn that is still in the prompt. Of those before it nothing is kept."""

    def tokens(self, turn: int, user_text: str, history: Sequence[Said]) -> list[int]:
        """The prompt that asks for the answer of `turn`; `user_text` is what the user said, stamped with the time."""
        self._user_text[turn] = user_text
        past: Sequence[Said] = [said for said in history if self._first <= said.turn < turn]
        prompt = self._rendered(past, turn, user_text)
        while len(prompt) > self.budget and past:
            past = _younger_half(past)
            self._first = past[0].turn if past else turn
            shorter = self._rendered(past, turn, user_text)
            self.forget(len(self.head()), len(prompt) - len(shorter))
            prompt = shorter
        self._keep_only({said.turn for said in past} | {turn})
        return prompt

    def remember(self, turn: int, spoken: str, ids: Sequence[int]) -> None:
        """Keep the ids that the model generated for the answer that reads `spoken` when all of it is heard."""
        self._answers[turn] = (spoken, list(ids))

    @property
    def tail_length(self) -> int:
        """Tokens that follow the user's words in every prompt."""
        return self._render.tail_length

    def head(self) -> list[int]:
        """The part that never changes, to be evaluated before the first turn."""
        return self._render.start() + self._render.text("system", self.persona)

    @property
    def _render(self) -> Render:
        return Render(self.template, self.tokenize)

    def _keep_only(self, turns: set[int]) -> None:
        """A noise begins a turn that never gets into a history: without this each would leave an entry for ever."""
        self._user_text = {number: text for number, text in self._user_text.items() if number in turns}
        self._answers = {number: answer for number, answer in self._answers.items() if number in turns}

    def _rendered(self, past: Sequence[Said], turn: int, user_text: str) -> list[int]:
        render, tokens = self._render, self.head()
        waiting: list[str] = []
        for said in past:
            if said.who == "user":
                waiting.append(self._user_text.get(said.turn, said.text))
                continue
            if waiting:  # turns that got no answer are one message, as several families demand alternation
                tokens += render.text("user", "\n".join(waiting))
                waiting = []
            tokens += render.wrap("assistant", self._answer_ids(said))
        return tokens + render.text("user", "\n".join([*waiting, user_text])) + render.opening()

    def _answer_ids(self, said: Said) -> list[int]:
        spoken, ids = self._answers.get(said.turn, ("", []))
        return ids if said.whole and spoken == said.text else self.tokenize(said.text, False)


def _younger_half(past: Sequence[Said]) -> Sequence[Said]:
    """From a user's entry on: dropping many at once, the next overflow is far away."""
    at = max(1, len(past) // 2)
    while at < len(past) and past[at].who != "user":
        at += 1
    return past[at:]
