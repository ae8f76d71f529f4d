"""Ctrl-C ends `edge-agent talk` at any moment: exit code 130, no traceback, whole files."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.lines.audio_file import read_audio

pytestmark = pytest.mark.model

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


def talk(place: Path) -> subprocess.Popen[str]:
    words = f"talk --profile tiny --linger 600 --output out.wav --events e.jsonl --input {QUESTION}"
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "edge_agent", *words.split()],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(process: subprocess.Popen[str]) -> str:
    """Send SIGINT, check the exit code, and return what was said on stderr."""
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    return said


@pytest.mark.slow
def test_in_the_middle_of_an_answer(tmp_path):
    process = talk(tmp_path)
    for line in process.stdout:
        if line.startswith("Agent:"):
            break
    assert interrupt(process).strip().startswith("Profile tiny")
    events = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    assert [event["type"] for event in events][:4] == ["speech_started", "speech_stopped", "heard", "saying"]
    samples, _ = read_audio(tmp_path / "out.wav")
    assert len(samples) > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.jsonl", "out.wav"]


def test_while_models_are_loaded(tmp_path):
    process = talk(tmp_path)
    assert process.stderr.readline().startswith("Profile tiny")
    interrupt(process)
    assert list(tmp_path.iterdir()) == []
