"""`response.create`: what is asked of one response, with the session's settings where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from edge_agent.host.jobs import Manner
from edge_agent.serve.audio import AudioFormat
from edge_agent.serve.realtime_protocol.errors import invalid_value
from edge_agent.serve.realtime_protocol.flat import nested
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.items import Item, ItemReference, parse_input
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.realtime_protocol.settings import (
    MIME_TYPES,
    AnyFormat,
    DeviceChoice,
    Format,
    MaxTokens,
    Modalities,
    NamedTool,
    Temperature,
    ToolChoice,
    Tools,
    VoiceName,
)
from edge_agent.serve.realtime_protocol.validation import Shape, checked
from edge_agent.serve.voices import wrong_voice
from edge_agent.think.brief import Tool
from edge_agent.types import Json


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """All that one response depends on but the conversation itself."""

    in_conversation: bool
    """False: out of band; nothing of it is stored, and it is not interrupted by speech."""
    input: tuple[Item | ItemReference, ...] | None
    """The context instead of the conversation; () is an empty one."""
    instructions: str
    spoken: bool
    """Sound, or else text."""
    output_format: AudioFormat
    voice: str
    """The voice's name, as the client gave it."""
    manner: Manner
    tools: tuple[Tool, ...]
    device: dict[str, bool]
    """Names of those of them that the server runs, each with whether the client is to approve its calls."""
    tool_choice: str
    """auto, none, required, or the name of one of the tools."""
    parallel_tool_calls: bool
    max_output_tokens: int | None
    temperature: float | None
    truncation: Literal["auto", "disabled"]
    metadata: dict[str, str] | None

    @property
    def only_device(self) -> bool:
        """Whether all of the tools are the device's: one call for each turn, as at the microphone."""
        return bool(self.device) and len(self.device) == len(self.tools)

    def to_json(self) -> Json:
        """What a response object says of its request (GA)."""
        format = Format(type=MIME_TYPES[self.output_format])
        return {
            "output_modalities": ["audio" if self.spoken else "text"],
            "max_output_tokens": self.max_output_tokens or "inf",
            "audio": {"output": {"format": format.to_json(), "voice": self.voice}},
            "metadata": self.metadata,
        }


def session_request(session: Session) -> ResponseRequest:
    """What the end of a turn asks for: the session's settings."""
    return ResponseRequest(
        in_conversation=True,
        input=None,
        instructions=session.instructions,
        spoken=session.spoken,
        output_format=session.output_format,
        voice=session.voice,
        manner=session.manner,
        tools=session.tools,
        device=session.approvals,
        tool_choice=_possible(session.tool_choice, session.tools),
        parallel_tool_calls=session.parallel_tool_calls,
        max_output_tokens=session.max_output_tokens,
        temperature=session.temperature,
        truncation=session.truncation,
        metadata=None,
    )


def parse_request(data: Json | None, session: Session, ids: Ids, *, strict: bool = False) -> ResponseRequest:
    """`response` of a `response.create`: what it says holds for this response only.

    ids: names the items of its `input` that have no id. strict: refuse beta's flat keys. Raises ClientError.
    """
    given = {key: value for key, value in (data or {}).items() if value is not None}
    asked = checked(_RESPONSE, given if strict else nested(given, "response"), "response")
    if (voice := asked.audio.output.voice) and (why := wrong_voice(voice, session.voices)):
        raise invalid_value("response.audio.output.voice", why)
    own = session.updated(asked.model_dump(exclude_none=True, exclude={"conversation", "input", "metadata"}))
    name = asked.tool_choice.name if isinstance(asked.tool_choice, NamedTool | DeviceChoice) else None
    if name is not None and name not in {tool.name for tool in own.tools}:
        raise invalid_value("response.tool_choice", f"there is no tool {name[:80]!r}.")
    items = None
    if asked.input is not None:
        items = tuple(parse_input(item, ids, f"response.input[{i}]") for i, item in enumerate(asked.input))
    in_conversation = asked.conversation == "auto"
    return replace(session_request(own), in_conversation=in_conversation, input=items, metadata=asked.metadata)


def _possible(choice: str, tools: tuple[Tool, ...]) -> str:
    """The choice that is possible: without the tools that it needs it means nothing."""
    names = {tool.name for tool in tools}
    return choice if choice in names or choice in ("auto", "none") or (choice == "required" and tools) else "auto"


# --- what a client may write ------------------------------------------------------------------------------------------

MetadataKey = Annotated[str, Field(max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class _Output(Shape):
    format: AnyFormat | None = None
    voice: VoiceName | None = None


class _Audio(Shape):
    output: _Output = _Output()


class _Response(Shape):
    conversation: Literal["auto", "none"] = "auto"
    input: list[Any] | None = None
    """Each one is checked by itself."""
    instructions: str | None = None
    output_modalities: Modalities | None = None
    audio: _Audio = _Audio()
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: MaxTokens | None = None
    temperature: Temperature | None = None
    metadata: dict[MetadataKey, MetadataValue] | None = Field(default=None, max_length=16)
    prompt: dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None


_RESPONSE = TypeAdapter(_Response)
