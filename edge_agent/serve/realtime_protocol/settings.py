"""What a client may set of a session: names, types, ranges and defaults. Source: OpenAI, Realtime API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from edge_agent.serve.audio import AudioFormat
from edge_agent.serve.realtime_protocol.items import DEVICE
from edge_agent.serve.realtime_protocol.validation import Shape

Milliseconds = Annotated[int, Field(ge=0, le=600_000)]

MimeType = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
MIME_TYPES: dict[AudioFormat, MimeType] = {
    "pcm16": "audio/pcm",
    "g711_ulaw": "audio/pcmu",
    "g711_alaw": "audio/pcma",
}
"""Beta's names of the formats, which are ours, and GA's."""
FORMATS = {mime: name for name, mime in MIME_TYPES.items()}


def _format(value: Any) -> Any:
    """Beta's name of a format becomes GA's object."""
    if not isinstance(value, str):
        return value
    for name, mime in MIME_TYPES.items():
        if name == value:
            return {"type": mime}
    raise ValueError(f"it is {value[:80]!r}, known are {', '.join(MIME_TYPES)}")


def _voice(value: Any) -> Any:
    """A custom voice is given as an object with its id."""
    return value["id"] if isinstance(value, dict) and value.keys() == {"id"} else value


def _modality(value: Any) -> Any:
    """GA's ["audio"] and beta's ["text", "audio"] mean the same."""
    names = value if isinstance(value, list) else []
    if names == ["text"] or not all(isinstance(name, str) for name in names):
        return value
    if sorted(names) in (["audio"], ["audio", "text"]):
        return ["audio"]
    raise ValueError("supported are ['audio'] and ['text']")


def _only_device(label: str) -> str:
    if label != DEVICE:
        raise ValueError(f"it is {label[:80]!r}, and only {DEVICE!r} is served")
    return label


def _elsewhere(value: Any) -> Any:
    if value is not None:
        raise ValueError(f"only the device's own tools are served: server_label {DEVICE!r}, and no address")
    return value


def _which(tool: Any) -> str:
    """The tag of a tool; without a type it is a function."""
    kind = tool.get("type") if isinstance(tool, dict) else getattr(tool, "type", None)
    return "the device" if kind == "mcp" else "a function"


def _one_device(tools: list[Any]) -> list[Any]:
    if sum(isinstance(tool, DeviceServer) for tool in tools) > 1:
        raise ValueError("the device is named twice")
    return tools


Elsewhere = Annotated[None, BeforeValidator(_elsewhere)]


class Format(Shape):
    type: MimeType = "audio/pcm"
    rate: int | None = None

    @model_validator(mode="after")
    def _rate_fits(self) -> Format:
        right = 24_000 if self.type == "audio/pcm" else 8_000
        if self.rate not in (None, right):
            raise ValueError(f"the rate of {self.type} is {right}")
        return self

    @property
    def name(self) -> AudioFormat:
        return FORMATS[self.type]

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type} | ({"rate": 24_000} if self.type == "audio/pcm" else {})


AnyFormat = Annotated[Format, BeforeValidator(_format)]
VoiceName = Annotated[str, BeforeValidator(_voice), Field(min_length=1, max_length=256)]
Modality = Literal["audio", "text"]
Modalities = Annotated[list[Modality], BeforeValidator(_modality), Field(min_length=1, max_length=1)]
MaxTokens = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]
Temperature = Annotated[float, Field(ge=0, le=2)]


class ServerVad(Shape):
    type: Literal["server_vad"]
    threshold: float = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: Milliseconds = 300
    silence_duration_ms: Milliseconds = 200
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: Milliseconds | None = None


class SemanticVad(Shape):
    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True

    @model_validator(mode="before")
    @classmethod
    def _own_keys(cls, values: Any) -> Any:
        """What is for server_vad only is documented as unused here, not as wrong."""
        unused = ServerVad.model_fields.keys() - cls.model_fields.keys()
        return {key: value for key, value in values.items() if key not in unused}


class TranscriptionSettings(Shape):
    model: str | None = None
    language: str | None = Field(default=None, max_length=35)
    prompt: str | None = None
    delay: str | None = None
    keywords: list[str] | None = None
    languages: list[str] | None = None


class NoiseReduction(Shape):
    type: Literal["near_field", "far_field"] | None = None
    strength: float | None = Field(default=None, ge=0, le=1)


class InputSettings(Shape):
    format: AnyFormat = Format()
    transcription: TranscriptionSettings | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = ServerVad(
        type="server_vad"
    )


class OutputSettings(Shape):
    format: AnyFormat = Format()
    voice: VoiceName = "alloy"
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(Shape):
    input: InputSettings = InputSettings()
    output: OutputSettings = OutputSettings()


class Function(Shape):
    type: Literal["function"] = "function"
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str = Field(default="", max_length=1024)
    parameters: dict[str, Any] = Field(default_factory=dict)


class ToolFilter(Shape):
    """Tools by their names, and by whether they only look."""

    tool_names: list[str] | None = None
    read_only: bool | None = None


class ApprovalFilter(Shape):
    always: ToolFilter | None = None
    never: ToolFilter | None = None


class DeviceServer(Shape):
    """The tools of this device, as an MCP server of the session."""

    type: Literal["mcp"]
    server_label: Annotated[str, AfterValidator(_only_device)]
    server_url: Elsewhere = None
    connector_id: Elsewhere = None
    tunnel_id: Elsewhere = None
    server_description: str | None = None
    allowed_tools: list[str] | ToolFilter | None = None
    require_approval: Literal["always", "never"] | ApprovalFilter | None = None


class NamedTool(Shape):
    type: Literal["function"]
    name: str


class DeviceChoice(Shape):
    type: Literal["mcp"]
    server_label: Annotated[str, AfterValidator(_only_device)]
    name: str | None = None


_AnyTool = Annotated[
    Annotated[Function, Tag("a function")] | Annotated[DeviceServer, Tag("the device")], Discriminator(_which)
]
"""The tags are no keys of a tool, so that they are no part of an error's path."""
Tools = Annotated[list[_AnyTool], Field(max_length=128), AfterValidator(_one_device)]
ToolChoice = Literal["auto", "none", "required"] | NamedTool | DeviceChoice


class TokenLimits(Shape):
    post_instructions: int | None = Field(default=None, ge=0)


class RetentionRatio(Shape):
    type: Literal["retention_ratio"]
    retention_ratio: float = Field(ge=0, le=1)
    token_limits: TokenLimits | None = None


class SessionSettings(Shape):
    type: Literal["realtime", "transcription"] = "realtime"
    model: str | None = None
    output_modalities: Modalities = Field(default_factory=lambda: list[Modality](["audio"]))
    instructions: str | None = None
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | None = None
    max_output_tokens: MaxTokens = "inf"
    temperature: Temperature | None = None
    """Only beta has a temperature: GA has no such key, and never shows it."""
    tracing: Literal["auto"] | dict[str, Any] | None = None
    truncation: Literal["auto", "disabled"] | RetentionRatio = "auto"
    prompt: dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None
    audio: Audio = Audio()
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
