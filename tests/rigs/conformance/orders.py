"""Orders of events as they were recorded from the hosted service, and what is left out to compare with them."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from tests.rigs.conformance.client import check
from tests.rigs.conformance.names import Json

ANY_TIME = (
    "conversation.item.input_audio_transcription.",
    "rate_limits.",
    "input_audio_buffer.speech_",
    "output_audio_buffer.",
)
"""No part of an order: transcriptions may come late, the dialects differ in rate limits, people go on talking, and by
WebRTC answers are heard at their own pace."""

_DELTAS = {
    "response.output_audio.delta": "sound",
    "response.output_audio_transcript.delta": "sound",
    "response.audio.delta": "sound",
    "response.audio_transcript.delta": "sound",
}

OPENING = ["response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added"]
CLOSING = [
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
TEXT = [*OPENING, "response.output_text.delta", "response.output_text.done", *CLOSING]
SOUND = [*OPENING, "sound", "response.output_audio.done", "response.output_audio_transcript.done", *CLOSING]
CALL = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
BETA_TEXT = [
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
    "response.text.delta",
    "response.text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
]
BETA_SOUND = [
    *BETA_TEXT[:4],
    "sound",
    "response.audio.done",
    "response.audio_transcript.done",
    *BETA_TEXT[6:],
]


def order(events: Iterable[Json], ignored: tuple[str, ...] = ANY_TIME) -> list[str]:
    """The types, with runs of deltas as one: of sound and its transcript together "sound"."""
    types: list[str] = []
    for event in events:
        type = _DELTAS.get(event["type"], str(event["type"]))
        if not type.startswith(ignored) and not (types and types[-1] == type and type.endswith(("delta", "sound"))):
            types.append(type)
    return types


def expect(events: Iterable[Json], expected: list[str], ignored: tuple[str, ...] = ANY_TIME) -> None:
    """The events come in exactly this order."""
    found = order(events, ignored)
    if found == expected:
        return
    for place, (one, other) in enumerate(zip([*found, "the end"], [*expected, "the end"], strict=False)):
        check(one == other, f"event {place} is {one} instead of {other}; all: {', '.join(found)}")


def text_of(response: Json) -> str:
    """What the messages of a response say, written or spoken."""
    parts = (part for item in response["output"] for part in item.get("content", ()))
    return " ".join(str(part.get("text", part.get("transcript"))) for part in parts)


def sound_of(events: Iterable[Json]) -> bytes:
    """The audio of all deltas."""
    kinds = ("response.output_audio.delta", "response.audio.delta")
    return b"".join(base64.b64decode(event["delta"]) for event in events if event["type"] in kinds)
