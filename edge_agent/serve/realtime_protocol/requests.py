"""`response.create`: what is asked of one response, with the session's settings where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from edge_agent.serve.audio import AudioFormat
from edge_agent.serve.realtime_protocol.errors import invalid_value
from edge_agent.serve.realtime_protocol.flat import nested
from edge_agent.serve.realtime_protocol.ids import NewId
from edge_agent.serve.realtime_protocol.items import Item, ItemReference, parse_input
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.realtime_protocol.settings import (
    AnyFormat,
    Format,
    MaxTokens,
    Modalities,
    NamedTool,
    Temperature,
    ToolChoice,
    Tools,
    Voice,
)
from edge_agent.serve.realtime_protocol.validation import Shape, checked
from edge_agent.think.brief import Tool

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """All that one response depends on but the conversation itself."""

    in_conversation: bool
    """False: out of band; nothing of it is stored, and it is not interrupted by speech."""
    input: tuple[Item | ItemReference, ...] | None
    """The context instead of the conversation; () is an empty one."""
    instructions: str
    default_instructions_in_force: bool
    spoken: bool
    """Sound, or else text."""
    output_format: AudioFormat
    voice: str
    speed: float
    tools: tuple[Tool, ...]
    tool_choice: str
    """auto, none, required, or the name of one of the tools."""
    parallel_tool_calls: bool
    max_output_tokens: int | None
    temperature: float | None
    truncation: Literal["auto", "disabled"]
    metadata: dict[str, str] | None

    def to_json(self) -> Json:
        """What a response object says of its request (GA)."""
        formats = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
        return {
            "output_modalities": ["audio" if self.spoken else "text"],
            "max_output_tokens": self.max_output_tokens or "inf",
            "audio": {
                "output": {"format": Format(type=formats[self.output_format]).to_json(), "voice": self.voice},
            },
            "metadata": self.metadata,
        }


def session_request(session: Session) -> ResponseRequest:
    """What the end of a turn asks for: the session's settings."""
    raise NotImplementedError


def parse_request(data: Json | None, session: Session, new_id: NewId, *, strict: bool = False) -> ResponseRequest:
    """`response` of a `response.create`. strict: without beta's flat keys. Raises ClientError."""
    raise NotImplementedError
