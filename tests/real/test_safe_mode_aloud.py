"""Safe mode is heard: the cause in the agent's voice, and a recording where the voice itself is what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_agent.lines.audio_file import read_audio
from edge_agent.speak.voice import AUDIBLE
from edge_agent.words import words_of

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = [pytest.mark.model, pytest.mark.device]

CAUSE = "ModelError: the model whisper base is damaged, and so is the one that was to take its place after that."
ANNOUNCE = "import sys; from edge_agent.life.safe_mode import insist; insist(sys.argv[1])"
"""A machine that stalls for a second loses the speaker once."""


def heard_s(server: SoundServer, folder: Path, **environment: str) -> float:
    """Seconds from the first to the last sound that came out of the speaker."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    surroundings = {**server.environment, "XDG_DATA_HOME": data, **environment}
    file = folder / "speaker.wav"
    listener = subprocess.Popen(
        ["parec", "--device=spk.monitor", "--rate=16000", "--channels=1", "--file-format=wav", file],
        env=server.environment,
    )
    try:
        server.pactl("set-default-sink", "spk")
        done = server.run(sys.executable, "-c", ANNOUNCE, CAUSE, environment=surroundings)
    finally:
        listener.terminate()
        listener.wait(10)
    assert done.returncode == 0, done.stderr
    sound, rate_hz = read_audio(file)
    loud = np.flatnonzero(np.abs(sound) > AUDIBLE)
    assert len(loud), "nothing came out of the speaker"
    return float(loud[-1] - loud[0]) / rate_hz


@pytest.mark.slow
def test_the_cause_is_said(sound_server: SoundServer, tmp_path: Path) -> None:
    assert heard_s(sound_server, tmp_path) > 8


@pytest.mark.slow
def test_without_a_voice_the_recording_is_heard(sound_server: SoundServer, tmp_path: Path) -> None:
    sound, rate_hz = read_audio(words_of("en").recording("safe_mode"))
    seconds = heard_s(sound_server, tmp_path, EDGE_AGENT_MODELS__DIR=str(tmp_path), XDG_DATA_HOME=str(tmp_path))
    loud = np.flatnonzero(np.abs(sound) > AUDIBLE)
    assert seconds == pytest.approx((loud[-1] - loud[0]) / rate_hz, abs=0.7)
