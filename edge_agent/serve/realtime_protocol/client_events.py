"""What comes in from a client: a raw frame becomes an event whose fields are there and of the right types."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from edge_agent.serve.bounded_json import read_json
from edge_agent.serve.realtime_protocol.errors import (
    ClientError,
    invalid_type,
    invalid_value,
    missing_parameter,
    string_too_long,
    unknown_parameter,
)
from edge_agent.serve.realtime_protocol.validation import decoded
from edge_agent.types import Json

MOST_CHARS = 21 * 2**20
"""A frame has at most so many characters: 15 MiB of sound in base64, and something around it."""
LARGE_CHARS = 2**20
"""What is larger has sound in it."""
WITH_SOUND = ("input_audio_buffer.append", "conversation.item.create")
DEEPEST = 64
"""Nesting of arrays and objects. JSON schemas of tools have some 10; Python's own limit is not ours to run into."""
MOST_MS = 2**40


@dataclass(frozen=True, slots=True)
class EventField:
    kind: type
    """str, dict or int."""
    required: bool = True
    default: Any = None


_ITEM_ID = EventField(str)
EVENTS: dict[str, dict[str, EventField]] = {
    "session.update": {"session": EventField(dict)},
    "input_audio_buffer.append": {"audio": EventField(str)},
    "input_audio_buffer.commit": {},
    "input_audio_buffer.clear": {},
    "output_audio_buffer.clear": {},
    "conversation.item.create": {"item": EventField(dict), "previous_item_id": EventField(str, required=False)},
    "conversation.item.retrieve": {"item_id": _ITEM_ID},
    "conversation.item.delete": {"item_id": _ITEM_ID},
    "conversation.item.truncate": {
        "item_id": _ITEM_ID,
        "content_index": EventField(int, required=False, default=0),
        "audio_end_ms": EventField(int),
    },
    "response.create": {"response": EventField(dict, required=False)},
    "response.cancel": {"response_id": EventField(str, required=False)},
}
"""The client events of GA, with all of their fields but `type` and `event_id`."""

BETA_EVENTS = {**EVENTS, "transcription_session.update": {"session": EventField(dict)}}


def parse(frame: str | bytes, *, beta: bool = False) -> Json:
    """The event in `frame`, in its own dialect. Raises ClientError for anything else, and nothing else.

    Of its fields the outermost are checked: required ones are there and optional ones are absent instead of null, so
    that `event["item"]` is an object and `event.get("previous_item_id")` a string or None. `event["audio"]` of an
    append is bytes already (any number of them, odd ones too); `audio_end_ms` and `content_index` are whole numbers.
    The error's `event_id` is that of the event, where it has one.
    """
    event = _object(frame)
    event_id = event.get("event_id")
    try:
        if len(frame) > LARGE_CHARS and event.get("type") not in WITH_SOUND:
            raise string_too_long("event", LARGE_CHARS)
        return _checked(event, BETA_EVENTS if beta else EVENTS)
    except ClientError as error:
        error.event_id = event_id if _is_sound(event_id) else None
        raise


def _object(frame: str | bytes) -> Json:
    if len(frame) > MOST_CHARS:
        raise ClientError("invalid_json", "The event is larger than 21 MiB.")
    try:
        text = frame if isinstance(frame, str) else frame.decode("utf-8")
        event = read_json(text, parse_constant=_no_number, parse_float=_finite)
    except ValueError as error:
        # UnicodeDecodeError and JSONDecodeError are ValueErrors; so is a whole number of more than 4300 digits.
        raise ClientError("invalid_json", f"The event is not valid JSON: {str(error)[:200]}.") from None
    if not isinstance(event, dict):
        raise ClientError("invalid_json", "The event is not a JSON object.")
    return event


def _finite(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise ValueError(f"{text[:20]} is out of range")


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _checked(event: Json, events: dict[str, dict[str, EventField]]) -> Json:
    """The event with its fields as EVENTS says."""
    _check_content(event)
    if "type" not in event:
        raise missing_parameter("type")
    kind = event["type"]
    if not isinstance(kind, str):
        raise invalid_type("type", "a string", kind)
    if kind not in events:
        raise invalid_value("type", f"there is no client event {kind[:80]!r}.")
    fields = {"event_id": EventField(str, required=False), **events[kind]}
    for name in event.keys() - fields.keys() - {"type"}:
        raise unknown_parameter(name[:80])
    values = {name: _value(event.get(name), field, name) for name, field in fields.items()}
    return {"type": kind, **{name: value for name, value in values.items() if value is not None}}


def _value(value: Any, field: EventField, name: str) -> Any:
    """`value` as the field has it, or None. Raises ClientError."""
    if value is None:
        if field.required:
            raise missing_parameter(name)
        return field.default
    if field.kind is int:
        return _whole(value, name)
    if not isinstance(value, field.kind):
        raise invalid_type(name, "a string" if field.kind is str else "an object", value)
    if not isinstance(value, str):
        return value
    if name == "audio":
        return decoded(value, name)
    if len(value) > 512:
        raise string_too_long(name, 512)
    return value


def _whole(value: Any, name: str) -> int:
    """A number of milliseconds or a place. Fractions are cut: clients divide samples by a rate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_type(name, "an integer", value)
    if not 0 <= value <= MOST_MS:
        raise invalid_value(name, f"it must be from 0 to {MOST_MS}.")
    return int(value)


def _check_content(event: Json) -> None:
    """No deeper than DEEPEST, and no half of a surrogate pair: neither could be sent back or read by a tokenizer."""
    level: list[Any] = [event]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for node in level:
            values = [*node, *node.values()] if isinstance(node, dict) else node
            for value in values:
                if isinstance(value, str) and not _is_sound(value):
                    raise ClientError("invalid_json", "The event holds half of a surrogate pair.")
                if isinstance(value, dict | list):
                    inner.append(value)
        if not (level := inner):
            return
    raise ClientError("invalid_json", f"The event is nested more than {DEEPEST} levels deep.")


def _is_sound(value: object) -> bool:
    """Whether it is a string that can be encoded."""
    if not isinstance(value, str):
        return False
    try:
        return value.isascii() or bool(value.encode("utf-8"))
    except UnicodeEncodeError:
        return False
