"""What clients do wrong: one error each that names what it is about, and the session lives on."""

from __future__ import annotations

import json
from typing import Any

from tests.rigs.conformance.client import Line, Server, check
from tests.rigs.conformance.orders import TEXT, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.steps import answered, configure

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("session.update", {}),
    ("session.update", {"session": 5}),
    ("session.update", {"session": {"type": "realtime", "instructions": ["no"]}}),
    ("input_audio_buffer.append", {}),
    ("input_audio_buffer.append", {"audio": 5}),
    ("conversation.item.create", {}),
    ("conversation.item.create", {"item": "hello"}),
    ("conversation.item.create", {"item": {"type": "message", "role": "user", "content": "hello"}}),
    ("conversation.item.create", {"item": {"type": "message", "role": "nobody", "content": []}}),
    ("conversation.item.create", {"item": {"type": "no_such_item"}}),
    ("conversation.item.retrieve", {}),
    ("conversation.item.delete", {"item_id": 7}),
    ("conversation.item.truncate", {"item_id": "item_x", "content_index": "first", "audio_end_ms": 0}),
    ("response.create", {"response": "please"}),
    ("response.create", {"response": {"max_output_tokens": 0}}),
    ("response.create", {"response": {"metadata": {"count": 5}}}),
]


async def _lives(line: Line) -> None:
    expect(await answered(line), TEXT)


@scenario
async def wrong_types(server: Server) -> None:
    """Fields that are missing or of a wrong type."""
    async with server.connect() as line:
        await configure(line)
        for type, fields in WRONG:
            error = await line.error(None, await line.send(type, **fields))
            check(error["type"] == "invalid_request_error", f"error of type {error['type']} for {type} {fields}")
        await line.quiet(0.3)
        await _lives(line)


@scenario
async def bad_base64(server: Server) -> None:
    """Sound that is not base64."""
    async with server.connect() as line:
        await configure(line)
        error = await line.error(None, await line.send("input_audio_buffer.append", audio="no base64!"))
        check(error["param"] == "audio", f"param {error['param']}")
        await _lives(line)


@scenario
async def unknown_event(server: Server) -> None:
    """An event that there is not."""
    async with server.connect() as line:
        await configure(line)
        error = await line.error(None, await line.send("response.sing"))
        check(error["param"] == "type", f"param {error['param']}")
        await _lives(line)


@scenario
async def malformed_json(server: Server) -> None:
    """Text that is no JSON, or no object, or has no type."""
    async with server.connect() as line:
        await configure(line)
        frames = ["{", "", "null", "[]", "3", '"text"', "{}", '{"type": null}', '{"type": 5}', "[" * 10_000]
        for frame in frames:
            await line.send_raw(frame)
            await line.error(None)
        await line.quiet(0.3)
        await _lives(line)


@scenario
async def binary_frame(server: Server) -> None:
    """A binary frame: JSON in it may be taken, anything else is an error."""
    async with server.connect() as line:
        await configure(line)
        await line.send_raw(bytes(range(256)))
        await line.error(None)
        await _lives(line)


@scenario
async def strange_text(server: Server) -> None:
    """Text with lone surrogates, NUL and emoji passes through, or is an error."""
    async with server.connect() as line:
        await configure(line)
        text = "\ud800 \0 \U0001f600 ü \u202e"
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await line.send_raw(json.dumps({"type": "conversation.item.create", "item": item}))
        await line.until("conversation.item.done", "error")
        await _lives(line)
