"""The whole loop at a sound card: a person speaks into one null sink, the answer comes out of another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.speak.voice import AUDIBLE

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = [pytest.mark.model, pytest.mark.device]

DEADLINE_S = 60


def wait_for_event(events: Path, kind: str, talk: subprocess.Popen[str]) -> dict[str, object]:
    """The first event of a kind. Polled: the program under test has no other way to call back."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and talk.poll() is None:
        for line in events.read_text().splitlines() if events.exists() else []:
            if json.loads(line)["type"] == kind:
                return dict(json.loads(line))
        time.sleep(0.05)
    pytest.fail(f"no {kind} event; the program said: {talk.communicate(timeout=5) if talk.poll() else 'nothing'}")


def test_a_question_at_the_microphone_is_answered_from_the_speaker(
    sound_server: SoundServer, speech: Path, tmp_path: Path
) -> None:
    samples, rate_hz = read_audio(speech / "googlespeech_brooklyn_bridge.flac")
    write_wav(tmp_path / "question.wav", samples, rate_hz)
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    environment = {**sound_server.environment, "XDG_DATA_HOME": data}
    events, recording = tmp_path / "events.jsonl", tmp_path / "speaker.wav"
    listener = subprocess.Popen(
        ["parec", "--device=spk.monitor", "--rate=16000", "--channels=1", "--file-format=wav", recording],
        env=environment,
    )
    talk = subprocess.Popen(
        [sys.executable, "-m", "edge_agent", "talk", "--profile", "tiny", "--events", events,
         "--set", "think.max_tokens=40", "--microphone", "test_user", "--speaker", "test_spk"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert talk.stderr is not None
        while "Listening" not in (line := talk.stderr.readline()):
            assert line, "it ended before it listened"
        subprocess.run(["paplay", "--device=user", tmp_path / "question.wav"], env=environment, check=True, timeout=20)
        assert "brooklyn" in str(wait_for_event(events, "heard", talk)["text"]).lower()
        wait_for_event(events, "turn_done", talk)
        talk.send_signal(signal.SIGINT)
        said, complaint = talk.communicate(timeout=20)
    finally:
        talk.kill()
        with talk:  # its pipes are closed, also where the test has failed
            talk.wait(10)
        listener.terminate()
        listener.wait(10)
    assert talk.returncode == 130
    assert "Traceback" not in complaint
    assert "Agent:" in said
    heard, _ = read_audio(recording)
    assert np.count_nonzero(np.abs(heard) > AUDIBLE) > 4000, "nothing came out of the speaker"
