"""Server events of the two dialects: what each is called, and the fields that it must have.

Source: the types of openai-python 3.54 (`types/realtime`, `types/beta/realtime`), and recordings of the hosted service.
"""

from __future__ import annotations

from typing import Any, Literal

Json = dict[str, Any]
Dialect = Literal["ga", "beta"]

_PART = ("response_id", "item_id", "output_index", "content_index")
_CALL = ("response_id", "item_id", "output_index", "call_id")

REQUIRED: dict[str, tuple[str, ...]] = {
    "error": ("error",),
    "session.created": ("session",),
    "session.updated": ("session",),
    "conversation.created": ("conversation",),
    "conversation.item.added": ("item", "previous_item_id"),
    "conversation.item.done": ("item", "previous_item_id"),
    "conversation.item.retrieved": ("item",),
    "conversation.item.deleted": ("item_id",),
    "conversation.item.truncated": ("item_id", "content_index", "audio_end_ms"),
    "conversation.item.input_audio_transcription.delta": ("item_id", "content_index", "delta"),
    "conversation.item.input_audio_transcription.completed": ("item_id", "content_index", "transcript", "usage"),
    "conversation.item.input_audio_transcription.failed": ("item_id", "content_index", "error"),
    "conversation.item.input_audio_transcription.segment": (
        *("id", "item_id", "content_index", "text", "speaker", "start", "end"),
    ),
    "input_audio_buffer.committed": ("item_id", "previous_item_id"),
    "input_audio_buffer.cleared": (),
    "input_audio_buffer.speech_started": ("audio_start_ms", "item_id"),
    "input_audio_buffer.speech_stopped": ("audio_end_ms", "item_id"),
    "input_audio_buffer.timeout_triggered": ("audio_start_ms", "audio_end_ms", "item_id"),
    "output_audio_buffer.started": ("response_id",),
    "output_audio_buffer.stopped": ("response_id",),
    "output_audio_buffer.cleared": ("response_id",),
    "response.created": ("response",),
    "response.done": ("response",),
    "response.output_item.added": ("response_id", "output_index", "item"),
    "response.output_item.done": ("response_id", "output_index", "item"),
    "response.content_part.added": (*_PART, "part"),
    "response.content_part.done": (*_PART, "part"),
    "response.output_text.delta": (*_PART, "delta"),
    "response.output_text.done": (*_PART, "text"),
    "response.output_audio.delta": (*_PART, "delta"),
    "response.output_audio.done": _PART,
    "response.output_audio_transcript.delta": (*_PART, "delta"),
    "response.output_audio_transcript.done": (*_PART, "transcript"),
    "response.function_call_arguments.delta": (*_CALL, "delta"),
    "response.function_call_arguments.done": (*_CALL, "arguments", "name"),
    "rate_limits.updated": ("rate_limits",),
    "transcription_session.updated": ("session",),
}
"""GA's name of an event -> the fields that must be there, besides `type` and `event_id`."""

_BETA_NAMES = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
_GA_NAMES = {beta: ga for ga, beta in _BETA_NAMES.items()}
_BETA_ONLY = {"conversation.created", "transcription_session.updated"}
_GA_ONLY = {
    *_BETA_NAMES,
    "conversation.item.done",
    "conversation.item.input_audio_transcription.segment",
    "input_audio_buffer.timeout_triggered",
}
_MCP = ("mcp_list_tools.", "response.mcp_call")
"""GA only; nothing but the names is checked of them."""


def canonical(type: str, dialect: Dialect) -> str | None:
    """GA's name of what `dialect` calls `type`; None where it has no such event."""
    if dialect == "beta":
        name = _GA_NAMES.get(type, type)
        return name if name in REQUIRED and (type in _GA_NAMES or name not in _GA_ONLY) else None
    known = type in REQUIRED or type.startswith(_MCP)
    return type if known and type not in _BETA_ONLY else None


def in_ga_shape(event: Json) -> Json:
    """A beta event (with GA's name already) with the content types of GA in its items."""
    if "item" in event:
        return event | {"item": _item(event["item"])}
    if event["type"] in ("response.created", "response.done"):
        response = event["response"]
        return event | {"response": response | {"output": [_item(item) for item in response.get("output", [])]}}
    return event


def _item(item: Json) -> Json:
    if item.get("role") != "assistant":
        return item
    return item | {"content": [part | {"type": _content_type(part["type"])} for part in item["content"]]}


def _content_type(type: str) -> str:
    return {"text": "output_text", "audio": "output_audio"}.get(type, type)
