"""Each server event by itself: its name, its fields, its ids, and no null where strict clients fail on one.

Why each rule is here: the strictest clients (openai-agents, agents-realtime, pipecat, livekit) fail without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.rigs.conformance.names import REQUIRED, Dialect, Json, canonical

LARGEST_FRAME = 2**20
"""Bytes; pipecat reads with the default limit of `websockets`."""
_STATUSES = ("in_progress", "completed", "incomplete")
_FLAT = {"modalities", "input_audio_format", "output_audio_format", "turn_detection", "max_response_output_tokens"}


class Shapes:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._ids: set[str] = set()
        self._sent_ids: set[str] = set()

    def sent(self, event: Json) -> None:
        if isinstance(event.get("event_id"), str):
            self._sent_ids.add(event["event_id"])

    def received(self, event: Json) -> Iterator[str]:
        yield from self._envelope(event)
        name = canonical(event["type"], self._dialect)
        if name is None:
            yield f"{self._dialect} has no event of this name"
            return
        optional = {"name"} if self._dialect == "beta" else set()  # beta's arguments.done may lack it
        missing = [key for key in REQUIRED.get(name, ()) if key not in event and key not in optional]
        if missing:
            yield f"without {', '.join(missing)}"
            return
        yield from _nulls(event)
        yield from self._details(event)

    def _envelope(self, event: Json) -> Iterator[str]:
        id = event.get("event_id")
        if not isinstance(id, str) or not id:
            yield "without event_id"
        elif id in self._ids:
            yield f"event_id {id} for the second time"
        else:
            self._ids.add(id)
        size = len(json.dumps(event))
        if size >= LARGEST_FRAME:
            yield f"{size} bytes in one frame; some clients take less than {LARGEST_FRAME}"

    def _details(self, event: Json) -> Iterator[str]:
        if event["type"] == "error":
            yield from self._error(event["error"])
        if event["type"] in ("session.created", "session.updated"):
            yield from self._session(event["session"])
        if event["type"] in ("response.created", "response.done"):
            yield from self._response(event["response"])
        if event["type"].endswith("input_audio_transcription.completed"):
            yield from _transcription_usage(event["usage"])
        for item in _items(event):
            yield from self._item(item)
        if "part" in event:
            key = {"text": "text", "audio": "transcript"}.get(event["part"]["type"])
            if key is None or not isinstance(event["part"].get(key), str):
                yield f"part {event['part']} is neither text with `text` nor audio with `transcript`"

    def _error(self, error: Json) -> Iterator[str]:
        missing = {"type", "code", "message", "param", "event_id"} - error.keys()
        if missing:
            yield f"error without {', '.join(sorted(missing))}"
        if error.get("event_id") is not None and error["event_id"] not in self._sent_ids:
            yield f"error.event_id {error['event_id']} names no event that was sent"

    def _session(self, session: Json) -> Iterator[str]:
        if self._dialect == "beta":
            if "audio" in session or "output_modalities" in session:
                yield "session in GA's shape"
            return
        if _FLAT & session.keys():
            yield "session in beta's flat shape"
        if session.get("type") not in ("realtime", "transcription"):
            yield "session without type"
        audio = session.get("audio") or {}
        for side in audio.values():
            if (side.get("format") or {}).get("type") == "audio/pcm" and side["format"].get("rate") != 24_000:
                yield "audio/pcm whose rate is not 24000"
        sound = audio.get("input", {})
        unknown = (sound.get("transcription") or {}).keys() - {"model", "language", "prompt"}
        if unknown:
            yield f"transcription echoes {', '.join(sorted(unknown))}: pipecat fails"
        vad = sound.get("turn_detection")
        if vad and session.get("type") == "realtime" and not {"create_response", "interrupt_response"} <= vad.keys():
            yield "turn_detection lacks create_response or interrupt_response: openai-agents cancels by itself"

    def _response(self, response: Json) -> Iterator[str]:
        keys = {"object", "id", "status", "status_details", "output", "usage", "metadata"}
        missing = keys | ({"conversation_id"} if self._dialect == "ga" else set())
        if missing - response.keys():
            yield f"response without {', '.join(sorted(missing - response.keys()))}"
        metadata = response.get("metadata") or {}
        if not all(isinstance(value, str) for value in metadata.values()):
            yield "metadata with a value that is no string"

    def _item(self, item: Json) -> Iterator[str]:
        if item.get("type") == "function_call" and not {"name", "call_id", "arguments"} <= item.keys():
            yield "function_call without name, call_id and arguments"
        if "status" in item and item["status"] not in _STATUSES:
            yield f"item of status {item['status']}"
        if (item.get("object") == "realtime.item") != (self._dialect == "beta"):
            yield "item with `object`" if self._dialect == "ga" else "item without `object: realtime.item`"
        for part in item.get("content", ()):
            if part["type"] not in self._content_types(item["role"]):
                yield f"content of type {part['type']} in an item of role {item['role']}"
            if part["type"] in ("input_audio", "output_audio", "audio") and "transcript" not in part:
                yield f"{part['type']} without the key transcript"

    def _content_types(self, role: str) -> set[str]:
        if role != "assistant":
            return {"input_text", "input_audio", "input_image"}
        return {"output_text", "output_audio"} if self._dialect == "ga" else {"text", "audio"}


def _items(event: Json) -> list[Json]:
    response = event.get("response")
    return [*([event["item"]] if "item" in event else []), *(response["output"] if response else [])]


def _nulls(event: Json) -> Iterator[str]:
    """Nulls inside items, parts, usage, rate limits and errors of transcriptions: agents-realtime drops the event."""
    where: list[tuple[str, Any]] = [("item", item) for item in _items(event)]
    where += [(key, event[key]) for key in ("part", "usage", "rate_limits") if key in event]
    if event.get("response"):
        where.append(("response.usage", event["response"].get("usage") or {}))
    if event["type"].endswith("transcription.failed"):
        where.append(("error", event["error"]))
    for path, value in where:
        for null in _null_paths(value, path):
            yield f"{null} is null; leave the key out"


def _null_paths(value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "transcript" and value.get("type") == "input_audio":
                continue  # the words are not known yet, and agents-realtime throws where the key is missing
            yield from _null_paths(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _null_paths(inner, f"{path}[{index}]")


def _transcription_usage(usage: Json) -> Iterator[str]:
    if usage.get("type") == "duration":
        if not isinstance(usage.get("seconds"), int | float):
            yield "usage of type duration without seconds"
    elif not {"text_tokens", "audio_tokens"} <= usage.get("input_token_details", {}).keys():
        yield "usage in tokens without input_token_details"
