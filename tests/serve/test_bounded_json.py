"""JSON of clients: what costs more than it has bytes is not read, whichever door it comes to."""

from __future__ import annotations

import json
import time

import pytest
from loopback import running

from edge_agent.serve.bounded_json import MOST_VALUES, read_json
from edge_agent.serve.realtime_protocol.client_events import parse
from edge_agent.serve.realtime_protocol.errors import ClientError

WIDE = "[" + "[]," * 300_000 + "[]]"


def test_what_is_read() -> None:
    texts = ["{}", '{"a": [1, "x,[{", null]}', json.dumps(["," * 100_000, '"\\' * 1000]), "[" + "1," * 30_000 + "1]"]
    for text in texts:
        assert read_json(text) == read_json(text.encode()) == json.loads(text)
    assert read_json("[1.5]", parse_float=str) == ["1.5"]


@pytest.mark.parametrize("text", [WIDE, "[" * 100_000, "[" * 20_000, '{"a":' * 40_000, "[1", '"' + "[," * 100_000])
def test_what_is_not(text: str) -> None:
    for each in (text, text.encode(), bytearray(text, "utf-16")):
        with pytest.raises(ValueError):
            read_json(each)


@pytest.mark.parametrize("text", ['"\\' * 500_000, '"' * 1_000_000 + "," * 40_000, "\\" * 1_000_000 + "," * 40_000])
def test_to_find_out_takes_time_in_proportion_to_the_text(text: str) -> None:
    begun_s = time.process_time()
    with pytest.raises(ValueError):
        read_json(f"[{',' * MOST_VALUES}{text}")
    assert time.process_time() - begun_s < 1.0


def test_no_door_reads_what_is_too_wide() -> None:
    """Of 0.9 MB /v1/chat/completions made half a gigabyte, for each request."""
    with running() as server:
        for path, name in (
            ("chat/completions", "messages"), ("chat/completions", "tools"), ("responses", "input"),
            ("realtime/client_secrets", "session"), ("audio/speech", "input"),
        ):  # fmt: skip
            answer = server.ask("POST", f"/v1/{path}", f'{{"{name}": {WIDE}}}'.encode())
            assert answer.status in (400, 413), path
    for frame in (WIDE, f'{{"type": "session.update", "session": {{"tools": {WIDE}}}}}'):
        with pytest.raises(ClientError) as refused:
            parse(frame)
        assert refused.value.code == "invalid_json"
