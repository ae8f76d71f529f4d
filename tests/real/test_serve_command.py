"""`edge-agent serve` with the models of profile tiny, and openai-python as its client."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from websockets.sync.client import connect

pytestmark = pytest.mark.model

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    words = "serve --port 0 --profile tiny --max-sessions 2"
    started = subprocess.Popen(
        [sys.executable, "-u", "-m", "edge_agent", *words.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started:
        yield started
        started.kill()


def port_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready = re.match(r"Ready\. Realtime: ws://127\.0\.0\.1:(\d+)/v1/realtime ", process.stdout.readline())
    assert ready
    return ready[1]


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_turn_and_a_clean_end(process: subprocess.Popen[str], stop: signal.Signals, code: int) -> None:
    port = port_of(process)
    urls = {"base_url": f"http://127.0.0.1:{port}/v1", "websocket_base_url": f"ws://127.0.0.1:{port}/v1"}
    with OpenAI(api_key="x", **urls) as client, client.realtime.connect(model="gpt-realtime") as connection:
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        content = [{"type": "input_text", "text": "Say hello."}]
        connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        connection.response.create()
        done = next(event for event in connection if event.type in ("response.done", "error"))
        assert done.type == "response.done"
        assert done.response.status == "completed"
        heard = client.audio.transcriptions.create(model="any", file=QUESTION)
        assert "Brooklyn" in heard.text
    with connect(f"ws://127.0.0.1:{port}/v1/realtime", proxy=None) as left:
        process.send_signal(stop)
        list(left)  # until its end
        assert left.protocol.close_code == 1001
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said
