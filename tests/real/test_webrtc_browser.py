"""A real browser with a recorded question as its microphone, and real models: it hears the answer."""

from __future__ import annotations

import http.client
import io
import json
import wave
from pathlib import Path

import numpy as np
import pytest

from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.pcm import to_int16
from edge_agent.resample import resample
from edge_agent.types import Samples
from tests.rigs.bench.webrtc import browser
from tests.rigs.browser.chromium import RATE_HZ

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


def words_of(server: str, sound: Samples) -> str:
    """What the server's ASR makes of it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(to_int16(sound).tobytes())
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + file.getvalue()
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=60)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    connection.request("POST", "/v1/audio/transcriptions", part + b"\r\n--x--\r\n", headers)
    text: str = json.loads(connection.getresponse().read())["text"]
    connection.close()
    return text.lower()


def test_a_spoken_question_is_answered_audibly() -> None:
    sound = resample(*read_audio(QUESTION), RATE_HZ)
    with browser(["--profile", "small", "--set", "think.max_tokens=40"], 0.0, 0.0) as page:
        heard = page.call(sound, last="turn_done", seconds=40)
        assert "error" not in heard.told, heard.told
        events = heard.told["events"]
        (question,) = [event["text"] for event in events if event["type"] == "heard"]
        assert "Brooklyn" in question
        assert heard.told["marks"]["listening"] - heard.told["marks"]["click"] < 3  # a busy machine's
        assert {"typ host"} >= {each for each in ("typ host", "typ srflx") if each in heard.told["answer"]}
        said = " ".join(event["text"] for event in events if event["type"] == "saying").lower()
        understood = words_of(page.server, heard.remote).split()
        known = [word for word in understood if word.strip(".,") in said]
        assert len(known) >= len(understood) / 2 > 0, (said, understood)

        typed = page.call(None, say="What time is it?", last="turn_done", seconds=30)
        [did] = [event for event in typed.told["events"] if event["type"] == "did"]
        assert did["by"] == "skill:clock"
        assert np.abs(typed.remote).max() > 0.05
