"""Brief: all that one answer depends on, for doors where the client owns the conversation; and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from edge_agent.types import Sentence

MessageRole = Literal["system", "user", "assistant", "call", "result"]


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation, as the model is to see it."""

    key: str
    """Names the entry for good. The ids generated for an assistant's message are remembered under it."""
    role: MessageRole
    text: str
    """The text of a `call` is a JSON object with `name` and `arguments`; that of a `result` is what the tool
    returned."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    """JSON schema of the arguments, an object."""


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything is given anew for every answer; what equals the last brief costs nothing (KV cache)."""

    key: str
    """Key of the assistant's message that comes of it."""
    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    """auto, none, required, or the name of a tool."""
    parallel: bool = True
    """Whether more than one call may be made."""
    spoken: bool = True
    """Sentences to be spoken, or else text as it is written."""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    """Texts that end an answer in text, and are no part of it."""
    schema: dict[str, Any] | None = None
    """JSON schema of an object: an answer in text is one that fits it, ranges of numbers apart."""
    truncation: Literal["auto", "disabled"] = "auto"
    """Whether the oldest messages may be left out where the context is full."""
    honest: bool = False
    """Whether claims of action and copies of the user's words are held back (think/honest.py): for a conversation of
    the device, where nothing is done but by code."""
    one_call: bool = False
    """Whether a call comes before any word or not at all, and none after what a tool returned."""
    conversation: str = ""
    """Names the conversation, where its oldest messages may be missing from one brief to the next."""

    @property
    def returned(self) -> str:
        """What a tool has returned, if the answer is to be about that."""
        return self.messages[-1].text if self.messages and self.messages[-1].role == "result" else ""

    @property
    def asked(self) -> str:
        """What the user said last."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer."""

    prompt: int = 0
    cached: int = 0
    """Tokens of the prompt that were found in place."""
    generated: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of an answer that is not spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    """The model calls a tool; its arguments follow."""

    name: str


@dataclass(frozen=True, slots=True)
class CallArguments:
    delta: str


@dataclass(frozen=True, slots=True)
class CallDone:
    arguments: str
    """All of them: a JSON object that fits the tool's schema."""


@dataclass(frozen=True, slots=True)
class Written:
    """The end of an answer."""

    reason: Literal["stop", "length"]
    usage: Usage


Part = Sentence | Text | CallBegun | CallArguments | CallDone | Written
"""The parts come in order: Sentences (the last one has `last`) or Texts, if any; then calls, if any; then exactly one
Written."""
