"""Programs that people use with the hosted service over WebRTC, in a real browser."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from test_clients import environment

from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from tests.rigs.bench.webrtc import browser
from tests.rigs.browser.chromium import RATE_HZ

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(600)]

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


def test_agents_realtime_hears_a_question_and_is_answered() -> None:
    """`@openai/agents-realtime`, unchanged but for its base URL."""
    bundle = environment("node") / "node_modules" / "@openai" / "agents-realtime" / "dist" / "bundle"
    sound = resample(*read_audio(QUESTION), RATE_HZ)
    with browser(["--profile", "small", "--set", "think.max_tokens=40"], 0.0, 0.0, bundle) as page:
        request = urllib.request.Request(f"{page.server}/v1/realtime/client_secrets", b"{}", method="POST")
        with urllib.request.urlopen(request, timeout=20) as answered:
            key = json.load(answered)["value"]
        told = page.call(sound, page="agents.html", key=key, seconds=40).told
    assert "error" not in told, told
    assert told["errors"] == []
    assert told["callId"].startswith("rtc_")
    types = [event["type"] for event in told["events"]]
    assert {"session.updated", "input_audio_buffer.speech_started", "output_audio_buffer.started"} <= set(types)
    assert types[-1] == "output_audio_buffer.stopped"
    user = [text for role, texts in told["said"] if role == "user" for text in texts]
    assistant = [text for role, texts in told["said"] if role == "assistant" for text in texts]
    assert "Brooklyn" in str(user)
    assert any(assistant)
