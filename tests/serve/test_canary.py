"""A server with real models, words that nobody else uses through every door, wrong ones too: none is in its output."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from edge_agent.processes import children

CANARY = "wombat4711"
KEY = f"key-{CANARY}-0123456789-0123456789-0123456789"
TOOL = {"type": "function", "function": {"name": CANARY, "parameters": {"type": "object", "properties": {"a": {}}}}}
MESSAGES = [{"role": "user", "content": f"Say {CANARY}."}]

HTTP = [
    ("chat/completions", {"model": "m", "messages": MESSAGES, "max_tokens": 8}, 200),
    ("chat/completions", {"model": "m", "messages": MESSAGES, "tools": [TOOL], "max_tokens": 40}, 200),
    ("chat/completions", {"model": "m", "messages": [{"role": CANARY}]}, 400),
    ("chat/completions", {"model": "m", "messages": [{"role": "user", "content": CANARY * 9_000}]}, 400),
    ("audio/speech", {"model": "m", "input": f"{CANARY} \ud800 \0", "voice": CANARY}, None),
    ("audio/speech", {"model": "m", "input": CANARY, "voice": "alloy"}, 200),
    ("audio/transcriptions", {"file": CANARY}, None),
]
EVENTS = [
    '{"type": "' + CANARY,
    json.dumps({"type": CANARY}),
    json.dumps({"type": "session.update", "session": {"type": "realtime", "instructions": CANARY, "tools": [CANARY]}}),
    json.dumps({"type": "input_audio_buffer.append", "audio": CANARY + "!"}),
    json.dumps({"type": "conversation.item.delete", "item_id": CANARY}),
    json.dumps({"type": "response.create", "response": {"instructions": CANARY, "max_output_tokens": 8}}),
]


def knock(base: str) -> None:
    authorized = {"Authorization": f"Bearer {KEY}"}
    with httpx2.Client(base_url=base, trust_env=False, timeout=60, headers=authorized) as client:
        for path, body, status in HTTP:
            answer = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
            assert status in (None, answer.status_code), (path, answer.text)
        assert client.get(f"models/{CANARY}", headers={"Authorization": f"Bearer {CANARY}"}).status_code == 401
    with connect(f"{base.replace('http', 'ws')}/realtime?model={CANARY}", additional_headers=authorized) as socket:
        for event in EVENTS:
            socket.send(event)
        while json.loads(socket.recv(timeout=30))["type"] != "response.done":
            pass


def knock_again(base: str) -> None:
    """Until it is answered by the worker that takes the place of the one that died."""
    body = {"model": "m", "messages": MESSAGES, "max_tokens": 8}
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx2.Client(base_url=base, trust_env=False, timeout=60, headers=headers) as client:
        while (status := client.post("chat/completions", json=body).status_code) != 200:
            assert status == 500


@pytest.mark.slow
@pytest.mark.model
def test_no_word_of_a_client_is_in_what_the_server_writes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "edge_agent", "serve", "--port", "0", "--profile", "tiny"]
    environment = {**os.environ, "EDGE_AGENT_SERVE__TOKEN": KEY}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as server:
        try:
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/v1", log.read_text())):
                with pytest.raises(subprocess.TimeoutExpired):
                    server.wait(0.2)  # it lives
            knock(found[0])
            for worker in children(server.pid):  # each has heard, read or said the words
                os.kill(worker, signal.SIGABRT)
            knock_again(found[0])
        finally:
            server.terminate()
        assert server.wait(10) == 0
    said = log.read_text()
    assert CANARY not in said
    assert "Ready." in said
    assert "was lost (SIGABRT)" in said
