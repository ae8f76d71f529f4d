"""BriefPrompt: a Brief -> prompt tokens that begin as the last ones of the same conversation did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from edge_agent.errors import PromptTooLong
from edge_agent.think.brief import Brief, Message
from edge_agent.think.render import Render
from edge_agent.think.template import Side
from edge_agent.think.tool_formats import ToolFormat
from edge_agent.think.tools import TemplateSegment, called, declared, returned, shown
from edge_agent.words import words_of

K = TypeVar("K")
V = TypeVar("V")

MOST_REMEMBERED = 512
"""Answers whose ids are kept, of all conversations."""
MOST_CUT = 64
"""Conversations of which is kept where they were cut."""

_SIDES: dict[str, Side] = {
    "system": "system",
    "user": "user",
    "result": "tool",
    "assistant": "assistant",
    "call": "assistant",
}


class BriefPrompt:
    """What has been a token stays that token where it can, or the model's cache of the prefix is lost.

    The ids that were generated for an answer come back as those very ids (re-tokenised text need not be equal), and old
    messages are left out rarely and many at once.
    """

    def __init__(
        self, render: Render, forget: Callable[[Sequence[int], int, int], object], *, language: str = "en"
    ) -> None:
        """`forget` is told of a prompt how many of its tokens, from where on, are left out from now on; `language`: in
        which the model is asked for words."""
        self._render, self._forget, self._in_words = render, forget, f"\n{words_of(language).in_words}"
        self._tools = render.template.tools
        self._answers: dict[str, tuple[str, list[int]]] = {}
        self._kept: dict[str, str] = {}
        """Name of a conversation that was cut, or key of its oldest message -> key of the first still in the prompt."""

    def tokens(self, brief: Brief, budget: int) -> list[int]:
        """The prompt that asks for the answer, at most `budget` tokens.

        Raises PromptTooLong where instructions, tools and last message alone do not fit, or nothing may be left out.
        """
        first = self._first(brief)
        prompt = self._rendered(brief, first)
        while len(prompt) > budget and first < len(brief.messages) - 1 and brief.truncation == "auto":
            first = _half_way(brief.messages, first)
            shorter = self._rendered(brief, first)
            self._forget(prompt, len(self.head(brief)), len(prompt) - len(shorter))
            _put(self._kept, _name(brief), brief.messages[first].key, MOST_CUT)
            prompt = shorter
        if len(prompt) > budget:
            what = "instructions, tools and last message" if brief.truncation == "auto" else "conversation"
            raise PromptTooLong(f"There are {len(prompt)} tokens of {what}, and {budget} fit beside an answer.")
        return prompt

    def known(self, brief: Brief, budget: int) -> list[int]:
        """The beginning of the prompt that will be, while the user speaks the last message.

        Its last word is left out: it may be but a part.
        """
        spoken = brief.messages[-1] if brief.messages and brief.messages[-1].role == "user" else None
        if spoken is None:
            tokens = self.tokens(brief, budget)
            return tokens[: len(tokens) - len(self._render.opening())]  # which is empty for Mistral
        said = replace(spoken, text=" ".join(spoken.text.split()[:-1]))
        brief = replace(brief, messages=(*brief.messages[:-1], said))
        return self.tokens(brief, budget)[: -self._render.tail_length]

    def remember(self, key: str, text: str, ids: Sequence[int]) -> None:
        """Keep the ids generated for the message `key`, to be used as long as it reads `text`."""
        _put(self._answers, key, (_words(text), list(ids)), MOST_REMEMBERED)

    def head(self, brief: Brief) -> list[int]:
        """Instructions and tools."""
        instructions, tools = [(brief.instructions, False)], declared(shown(brief), self._tools)
        if self._tools.apart:
            return self._render.start() + self._render.wrap("system", self._ids(instructions)) + self._ids(tools)
        return self._render.start() + self._render.wrap("system", self._ids([*instructions, *tools]))

    def _first(self, brief: Brief) -> int:
        if not brief.messages or brief.truncation != "auto":
            return 0
        kept = self._kept.get(_name(brief))
        return next((at for at, message in enumerate(brief.messages) if message.key == kept), 0)

    def _rendered(self, brief: Brief, first: int) -> list[int]:
        tokens, in_words = self.head(brief), "" if brief.schema else self._in_words
        for side, group in groupby(brief.messages[first:], self._side):
            messages = list(group)
            if side == "assistant":
                bodies = [self._answer(messages)]
            elif side == "tool":
                bodies = [self._ids(told) for told in _results(messages, in_words, self._tools)]
            else:
                bodies = [self._ids(_told(messages, in_words, self._tools))]
            for body in bodies:
                tokens += self._render.wrap(side, body)
        return tokens + self._render.opening()

    def _side(self, message: Message) -> Side:
        side = _SIDES[message.role]
        return side if side in self._render.template.before else "user"

    def _answer(self, messages: Iterable[Message]) -> list[int]:
        """Text and calls of one answer."""
        tokens: list[int] = []
        begun = False
        for message in messages:
            text, ids = self._answers.get(message.key, ("", []))
            if message.role == "assistant" and ids and text == _words(message.text):
                tokens += ids
                begun = False  # the model wrote what stands between these words and a call
                continue
            call = message.role == "call"
            between = [(self._tools.between if call else "\n", False)] if begun else []
            segments = called(message.text, self._tools) if call else [(message.text, False)]
            tokens += self._ids([*between, *segments])
            begun = True
        return tokens

    def _ids(self, segments: Iterable[TemplateSegment]) -> list[int]:
        runs = groupby(segments, lambda segment: segment[1])
        return [id for special, run in runs for id in self._render.tokenize("".join(text for text, _ in run), special)]


def _results(messages: Sequence[Message], in_words: str, form: ToolFormat) -> list[list[TemplateSegment]]:
    """A message for each of what the tools returned; `in_words` ends the last, as one of their words."""
    *before, last = [message.text for message in messages]
    return [returned(text, form) for text in (*before, last + in_words)]


def _told(messages: Sequence[Message], in_words: str, form: ToolFormat) -> list[TemplateSegment]:
    """One message of what the user said and the tools returned: several families demand alternation.

    `in_words` follows what a tool returned, where there is no schema for the answer."""
    segments: list[TemplateSegment] = []
    for message in messages:
        between = [("\n", False)] if segments else []
        segments += [*between, *(returned(message.text, form) if message.role == "result" else [(message.text, False)])]
    if in_words and messages[-1].role == "result":
        segments.append((in_words, False))
    return segments


def _name(brief: Brief) -> str:
    return brief.conversation or brief.messages[0].key


def _half_way(messages: Sequence[Message], first: int) -> int:
    """Leave out half of what is left, up to what a user said, so that the next overflow is far away."""
    at = first + max(1, (len(messages) - first) // 2)
    while at < len(messages) - 1 and messages[at].role != "user":
        at += 1
    return at


def _words(text: str) -> str:
    return " ".join(text.split())


def _put(kept: dict[K, V], key: K, value: V, most: int) -> None:
    """Remember; beyond `most` entries the one that was put longest ago is forgotten."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
