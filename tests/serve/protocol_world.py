"""What the tests of the Realtime protocol have in common: short orders of events, a user who speaks, the schema."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from wire_types import unknown

from edge_agent.types import Draft, Finished, Heard, Onset
from tests.rigs.fakes.realtime import ScriptedEngines, Wire, types

SCHEMA: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
SECOND = np.zeros(24_000, "<i2").tobytes()
VAD: dict[str, Any] = {"type": "server_vad"}
MANUAL = {"audio": {"input": {"turn_detection": None}}}
WRITE = {"output_modalities": ["text"]}
TRANSCRIBED = {"audio": {"input": {"transcription": {"model": "any"}}}}
HELLO = Heard("hello", "en", 1.0)

ADDED = ["conversation.item.added", "conversation.item.done"]
OPENED = ["response.output_item.added", "conversation.item.added", "response.content_part.added"]
CLOSED = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
]
ANSWER = ["response.created", *OPENED, "transcript", "audio", *CLOSED, "response.done", "rate_limits.updated"]
TURN = ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed", *ADDED]
CALL = [
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
]


def order(events: list[dict[str, Any]]) -> list[str]:
    """Their types; deltas in a row are one."""
    short = {"response.output_audio.delta": "audio", "response.output_audio_transcript.delta": "transcript"}
    names = [short.get(name, name) for name in types(events)]
    return [name for i, name in enumerate(names) if i == 0 or name != names[i - 1] or name not in short.values()]


def text_item(text: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}], **fields}


def opened(engines: ScriptedEngines | None = None, session: dict[str, Any] | None = None) -> Wire:
    wire = Wire(engines, session=session)
    assert types(wire.open()) == ["session.created"]
    return wire


def listen(wire: Wire, seconds: int = 2) -> None:
    for _ in range(seconds):
        assert wire.receive(append(SECOND)) == []


def append(data: bytes) -> str:
    return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(data).decode()})


def valid(wire: Wire) -> None:
    """All that was received fits the types of openai-python, under ids of its own."""
    for event in wire.events:
        checked = SCHEMA.validate_python(event)
        assert event["type"].startswith("session.") or unknown(checked) == []  # sessions: see test_session.py
    ids = [event["event_id"] for event in wire.events]
    assert len(ids) == len(set(ids))


def turn(wire: Wire, text: str = "hello") -> list[dict[str, Any]]:
    """The user says something, from 0.5 s to 1.5 s."""
    listen(wire)
    heard = Heard(text, "en", 1.0)
    events = wire.report(Onset(0.5), Draft(heard))
    return [*events, *wire.report(Finished(heard, 0.5, 1.5, "silence"))]
