"""The session object: what holds for a conversation until a client changes it. Source: OpenAI, Realtime API."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from edge_agent.host.jobs import Detection, Manner
from edge_agent.serve.audio import AudioFormat
from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.device import DeviceTool, allowed, to_approve
from edge_agent.serve.realtime_protocol.flat import nested
from edge_agent.serve.realtime_protocol.settings import (
    DeviceChoice,
    DeviceServer,
    Function,
    NamedTool,
    SemanticVad,
    ServerVad,
    SessionSettings,
)
from edge_agent.serve.realtime_protocol.validation import checked
from edge_agent.serve.voices import chosen_voice, wrong_voice
from edge_agent.think.brief import Tool
from edge_agent.types import Json

_SETTINGS = TypeAdapter(SessionSettings)
_MERGED = {
    "audio",
    "audio.input",
    "audio.input.transcription",
    "audio.input.noise_reduction",
    "audio.input.turn_detection",
    "audio.output",
}
"""Objects of which an update may give some keys; all others are given whole."""
_READ_ONLY = {"object", "id", "expires_at", "client_secret"}
"""What clients find in the session and may send back."""


@dataclass(frozen=True, slots=True)
class Session:
    """Immutable; an update makes another one."""

    id: str
    model: str
    """The model's name, as the client gave it; any name is served by the models at hand."""
    expires_at: int
    """Unix time in seconds. Shown to clients, and never enforced."""
    default_instructions: str
    voices: tuple[str, ...] = ()
    """Names of those that are installed; () where that is not known."""
    at_hand: tuple[DeviceTool, ...] = ()
    """The tools of the device, for clients that ask for them."""
    given: Json = field(default_factory=dict)
    """What clients have set, as they set it, in GA's shape. What is not here has its default."""
    settings: SessionSettings = field(default_factory=SessionSettings)
    """The same, checked, with defaults."""

    @classmethod
    def default(
        cls,
        *,
        id: str,
        model: str,
        instructions: str,
        expires_at: int,
        type: Literal["realtime", "transcription"] = "realtime",
        voices: tuple[str, ...] = (),
        at_hand: tuple[DeviceTool, ...] = (),
    ) -> Session:
        given: Json = {"type": type}
        return cls(id, model, expires_at, instructions, voices, at_hand, given, checked(_SETTINGS, given, "session"))

    def updated(self, patch: Json, *, voice_locked: bool = False, strict: bool = False) -> Session:
        """The session after a `session.update`: the keys of `patch` are merged, null clears; all of it or nothing.

        voice_locked: the assistant has been heard, so that its voice stays. strict: refuse what the hosted service
        refuses, although it is clear what is meant: no `type`, beta's flat keys. Raises ClientError.
        """
        if strict and "type" not in patch:
            raise errors.missing_parameter("session.type")
        if not strict:
            patch = nested({key: value for key, value in patch.items() if key not in _READ_ONLY}, "session")
        given = _merged(self.given, patch)
        settings = checked(_SETTINGS, given, "session")
        if why := wrong_voice(settings.audio.output.voice, self.voices):
            raise errors.invalid_value("session.audio.output.voice", why)
        if voice_locked and settings.audio.output.voice != self.voice:
            raise errors.voice_locked("session.audio.output.voice")
        return replace(self, given=given, settings=settings)

    # --- what the protocol asks of it -----------------------------------------------------------------------------

    @property
    def type(self) -> Literal["realtime", "transcription"]:
        return self.settings.type

    @property
    def instructions(self) -> str:
        return self.settings.instructions or self.default_instructions

    @property
    def spoken(self) -> bool:
        """Whether answers are audio, or else text."""
        return self.settings.output_modalities == ["audio"]

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The client's functions, then the device's tools that it wants."""
        return (*self._functions, *(each.tool for each in self.device_tools))

    @property
    def _functions(self) -> tuple[Tool, ...]:
        own = (tool for tool in self.settings.tools if isinstance(tool, Function))
        return tuple(Tool(tool.name, tool.description, tool.parameters) for tool in own)

    @property
    def device(self) -> DeviceServer | None:
        """What the client wants of the device's tools; None: nothing."""
        return next((tool for tool in self.settings.tools if isinstance(tool, DeviceServer)), None)

    @property
    def device_tools(self) -> tuple[DeviceTool, ...]:
        """The device's tools that the client wants."""
        taken = frozenset(tool.name for tool in self._functions)
        return allowed(self.at_hand, self.device, taken) if self.device else ()

    @property
    def approvals(self) -> dict[str, bool]:
        """The names of these tools, each with whether its calls wait for the client's approval."""
        server = self.device
        return {each.tool.name: to_approve(each, server) for each in self.device_tools} if server else {}

    @property
    def tool_choice(self) -> str:
        """auto, none, required, or the name of a tool."""
        choice = self.settings.tool_choice
        if isinstance(choice, DeviceChoice):
            return choice.name or "required"
        return choice.name if isinstance(choice, NamedTool) else choice

    @property
    def parallel_tool_calls(self) -> bool:
        return self.settings.parallel_tool_calls is not False

    @property
    def max_output_tokens(self) -> int | None:
        most = self.settings.max_output_tokens
        return None if most == "inf" else most

    @property
    def temperature(self) -> float | None:
        return self.settings.temperature

    @property
    def truncation(self) -> Literal["auto", "disabled"]:
        return "disabled" if self.settings.truncation == "disabled" else "auto"

    @property
    def voice(self) -> str:
        """The voice's name, as the client gave it."""
        return self.settings.audio.output.voice

    @property
    def manner(self) -> Manner:
        return Manner(self.settings.audio.output.speed, chosen_voice(self.voice, self.voices))

    @property
    def input_format(self) -> AudioFormat:
        return self.settings.audio.input.format.name

    @property
    def output_format(self) -> AudioFormat:
        return self.settings.audio.output.format.name

    @property
    def transcription(self) -> bool:
        """Whether the client wants to read what the user said."""
        return self.type == "transcription" or self.settings.audio.input.transcription is not None

    @property
    def language(self) -> str | None:
        """ISO 639-1, of what the user says; None: as in the program's settings."""
        transcription = self.settings.audio.input.transcription
        named = transcription.language if transcription else None
        return named.split("-")[0].lower() if named else None

    @property
    def detection(self) -> Detection | None:
        """How the ends of turns are found; None: the client says when (manual turns)."""
        vad = self.settings.audio.input.turn_detection
        if isinstance(vad, SemanticVad):
            return Detection(eagerness="medium" if vad.eagerness == "auto" else vad.eagerness)
        if isinstance(vad, ServerVad):
            own = vad.model_fields_set
            return Detection(
                threshold=vad.threshold if "threshold" in own else None,
                silence_s=vad.silence_duration_ms / 1000 if "silence_duration_ms" in own else None,
            )
        return None

    @property
    def create_response(self) -> bool:
        """Whether the end of a turn asks for a response."""
        vad = self.settings.audio.input.turn_detection
        return vad is not None and vad.create_response and self.type == "realtime"

    @property
    def interrupt_response(self) -> bool:
        vad = self.settings.audio.input.turn_detection
        return vad is not None and vad.interrupt_response

    @property
    def prefix_padding_ms(self) -> int:
        vad = self.settings.audio.input.turn_detection
        return vad.prefix_padding_ms if isinstance(vad, ServerVad) else 300

    @property
    def idle_timeout_ms(self) -> int | None:
        vad = self.settings.audio.input.turn_detection
        return vad.idle_timeout_ms if isinstance(vad, ServerVad) else None

    # --- on the wire ----------------------------------------------------------------------------------------------

    def to_json(self) -> Json:
        """The session in GA's shape, the keys in the order of the recordings."""
        settings = self.settings
        if self.type == "transcription":
            return {
                "type": "transcription",
                "object": "realtime.transcription_session",
                "id": self.id,
                "expires_at": self.expires_at,
                "audio": {"input": self._input_json()},
                "include": settings.include,
            }
        output = settings.audio.output
        shown = settings.model_dump(exclude_none=True, include={"parallel_tool_calls", "reasoning"})
        return {
            "type": "realtime",
            "object": "realtime.session",
            "id": self.id,
            "model": self.model,
            "output_modalities": list(settings.output_modalities),
            "instructions": self.instructions,
            "tools": [{"type": "function", **tool.model_dump(exclude_unset=True)} for tool in settings.tools],
            "tool_choice": self.given.get("tool_choice", "auto"),
            "max_output_tokens": settings.max_output_tokens,
            "tracing": settings.tracing,
            "truncation": self.given.get("truncation", "auto"),
            "prompt": settings.prompt,
            "expires_at": self.expires_at,
            "audio": {
                "input": self._input_json(),
                "output": {"format": output.format.to_json(), "voice": output.voice, "speed": output.speed},
            },
            "include": settings.include,
            **shown,
        }

    def _input_json(self) -> Json:
        heard = self.settings.audio.input
        transcription, noise, vad = heard.transcription, heard.noise_reduction, heard.turn_detection
        shown = {"model", "language", "prompt"}  # pipecat raises TypeError at any other
        return {
            "format": heard.format.to_json(),
            "transcription": transcription and transcription.model_dump(include=shown),
            "noise_reduction": noise and noise.model_dump(exclude_none=True),
            "turn_detection": vad and vad.model_dump(),
        }


def _merged(old: Json, patch: Json, path: str = "") -> Json:
    """The keys of `patch` over those of `old`. Null is the default again; only of turn_detection it has a meaning."""
    result = dict(old)
    for key, value in patch.items():
        here = f"{path}{key}"
        if here in _MERGED and isinstance(value, dict):
            result[key] = _merged(_base(here, result.get(key), value), value, f"{here}.")
        elif value is None and here != "audio.input.turn_detection":
            result.pop(key, None)
        else:
            result[key] = value
    return result


def _base(path: str, old: Any, patch: Json) -> Json:
    """What `patch` is merged with: nothing of the old one where it is another kind of turn detection."""
    base = old if isinstance(old, dict) else {}
    if path != "audio.input.turn_detection":
        return base
    kind = patch.get("type") or base.get("type", "server_vad")
    return base if kind == base.get("type") else {"type": kind}
