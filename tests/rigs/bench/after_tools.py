"""After-tools bench: what a model says once a tool has returned: words, or the same call again?"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from websockets.sync.client import connect

from edge_agent.errors import EngineError
from tests.rigs.bench.tools import INSTRUCTIONS, read_requests, read_tools

Row = dict[str, Any]
Said = tuple[str, list[str]]
"""The text of an answer, and the names of the tools that it calls."""

TURNS = 30
TEMPERATURES = (0.0, 0.5, 1.0)
PATIENCE_S = 300.0
MOST_TOKENS = 60
"""An answer has shown by then whether it is words."""
RESULTS = {
    "set_light": '{"ok": true}',
    "set_timer": '{"ok": true, "id": 7}',
    "get_weather": '{"sky": "sunny", "high_celsius": 22, "wind_kmh": 12}',
    "play_music": '{"playing": true}',
    "set_volume": "done",
    "add_reminder": '{"ok": true}',
    "convert_units": '{"value": 12.4}',
    "call_contact": '{"status": "ringing"}',
}
"""What each tool returns."""
MARKS = ("<tool", '{"name"', '{ "name"', '"arguments"')
"""Such text is a call that was written as words."""


def turns() -> list[Row]:
    """Requests of `tools.jsonl` that need a tool, with the call that was made. Every other one offers all the tools,
    the rest only the one that was called."""
    tools = [
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters} for tool in read_tools()
    ]
    needing = [request for request in read_requests() if request["tool"]][:TURNS]
    return [
        {
            "text": request["text"],
            "tool": request["tool"],
            "arguments": json.dumps({k: v[0] if isinstance(v, list) else v for k, v in request["arguments"].items()}),
            "result": RESULTS[request["tool"]],
            "tools": [tool for tool in tools if i % 2 or tool["name"] == request["tool"]],
        }
        for i, request in enumerate(needing)
    ]


def bench_after_tools(url: str, progress: Callable[[str], object]) -> Row:
    """Every turn at every door and temperature. `url`: http://HOST:PORT/v1. Returns `cells` and `rows`."""
    cells, rows = [], list[Row]()
    for (door, ask), temperature in product(DOORS.items(), TEMPERATURES):
        told = []
        for turn in turns():
            text, called = ask(url, turn, temperature)
            told.append(
                {"door": door, "temperature": temperature, "tool": turn["tool"], "text": text, "called": called}
            )
        cells.append({"door": door, "temperature": temperature, **_counts(told)})
        rows += told
        progress(str(cells[-1]))
    return {"cells": cells, "rows": rows}


def _counts(rows: Sequence[Row]) -> Row:
    return {
        "turns": len(rows),
        "same_again": sum(row["tool"] in row["called"] for row in rows),
        "another": sum(bool(set(row["called"]) - {row["tool"]}) for row in rows),
        "as_words": sum(any(mark in row["text"] for mark in MARKS) for row in rows),
        "empty": sum(not row["text"].strip() and not row["called"] for row in rows),
    }


def _chat(url: str, turn: Row, temperature: float) -> Said:
    call = {"id": "c1", "type": "function", "function": {"name": turn["tool"], "arguments": turn["arguments"]}}
    body = {
        "messages": [
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": turn["text"]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": turn["result"]},
        ],
        "tools": [{"type": "function", "function": tool} for tool in turn["tools"]],
        "temperature": temperature,
        "max_tokens": MOST_TOKENS,
    }
    message = _posted(f"{url}/chat/completions", body)["choices"][0]["message"]
    return message["content"] or "", [call["function"]["name"] for call in message.get("tool_calls", [])]


def _responses(url: str, turn: Row, temperature: float) -> Said:
    body = {
        "instructions": INSTRUCTIONS,
        "input": _items(turn, "input_text"),
        "tools": [{"type": "function", **tool} for tool in turn["tools"]],
        "temperature": temperature,
        "max_output_tokens": MOST_TOKENS,
    }
    return _said(_posted(f"{url}/responses", body)["output"])


def _realtime(url: str, turn: Row, temperature: float) -> Said:
    """Beta is the dialect that has a temperature."""
    session = {
        "modalities": ["text"],
        "instructions": INSTRUCTIONS,
        "tools": [{"type": "function", **tool} for tool in turn["tools"]],
        "temperature": temperature,
        "max_response_output_tokens": MOST_TOKENS,
    }
    address = f"ws{url.removeprefix('http')}/realtime?dialect=beta"
    with connect(address, proxy=None, max_size=None) as socket:
        items = [{"type": "conversation.item.create", "item": item} for item in _items(turn, "input_text")]
        for event in [{"type": "session.update", "session": session}, *items, {"type": "response.create"}]:
            socket.send(json.dumps(event))
        while (told := json.loads(socket.recv(PATIENCE_S)))["type"] != "response.done":
            if told["type"] == "error":
                raise EngineError(told["error"]["message"])
    return _said(told["response"]["output"])


def _items(turn: Row, kind: str) -> list[Row]:
    call = {"call_id": "c1", "name": turn["tool"], "arguments": turn["arguments"]}
    return [
        {"type": "message", "role": "user", "content": [{"type": kind, "text": turn["text"]}]},
        {"type": "function_call", **call},
        {"type": "function_call_output", "call_id": "c1", "output": turn["result"]},
    ]


def _said(output: Sequence[Row]) -> Said:
    texts = [part.get("text", "") for item in output for part in item.get("content", [])]
    return "".join(texts), [item["name"] for item in output if item["type"] == "function_call"]


def _posted(url: str, body: Row) -> Row:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        told: Row = json.load(answer)
    return told


DOORS: dict[str, Callable[[str, Row, float], Said]] = {"chat": _chat, "realtime": _realtime, "responses": _responses}
