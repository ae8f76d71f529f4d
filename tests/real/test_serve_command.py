"""`edge-agent serve` with the models of profile tiny, and openai-python as its client."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from tiers import fast_first
from websockets.sync.client import connect

pytestmark = pytest.mark.model

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """The server, with the words of an indirect parameter behind the usual ones."""
    words = f"serve --port 0 --profile tiny --max-sessions 2 {getattr(request, 'param', '')}"
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
    ready = re.match(r"Ready\. Page: \S+ +Realtime: ws://127\.0\.0\.1:(\d+)/v1/realtime ", process.stdout.readline())
    assert ready
    return ready[1]


@pytest.mark.parametrize(("stop", "code"), fast_first([(signal.SIGTERM, 0), (signal.SIGINT, 130)], 1))
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


@pytest.mark.slow
@pytest.mark.parametrize("process", ["--set models.voice=hibari-heart"], indirect=True)
def test_what_the_second_voice_says_is_understood(process: subprocess.Popen[str]) -> None:
    """At its own rate, also slowly; 24 kHz is that of the Realtime API, so that nothing is resampled there."""
    with OpenAI(api_key="x", base_url=f"http://127.0.0.1:{port_of(process)}/v1") as client:
        seconds = {}
        for speed in (1.0, 0.5):
            said = client.audio.speech.create(
                model="any", voice="alloy", input="The kettle is on the table.", response_format="wav", speed=speed
            ).content
            with wave.open(io.BytesIO(said)) as file:
                assert file.getframerate() == 24_000
            seconds[speed] = len(said) / 2 / 24_000
            heard = client.audio.transcriptions.create(model="any", file=("said.wav", said))
            assert "on the table" in heard.text
        assert seconds[0.5] == pytest.approx(2 * seconds[1.0], rel=0.2)
