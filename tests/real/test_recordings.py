"""What is heard without an engine: the ears understand it, and the script records it anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent import build
from edge_agent.config import load
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.speak.apology import recorded
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.words import words_of

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}})


def test_the_ears_understand_what_was_recorded() -> None:
    whisper = build.asr(SETTINGS, build.choose_one(SETTINGS, "asr"))
    heard = whisper.transcribe(recorded(HEAR_RATE_HZ)).text.lower()
    assert "sorry" in heard
    assert "say that again" in heard
    sound, rate_hz = read_audio(words_of("en").recording("safe_mode"))
    heard = whisper.transcribe(resample(sound, rate_hz, HEAR_RATE_HZ)).text.lower()
    assert "could not start" in heard
    assert "waiting for help" in heard


def render(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).parents[2] / "scripts" / "render_words.py"
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def test_the_script_records_the_texts_of_a_language_with_a_voice_of_it(tmp_path: Path) -> None:
    done = render("en", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {"apology.wav", "safe_mode.wav"}
    whisper = build.asr(SETTINGS, build.choose_one(SETTINGS, "asr"))
    sound, rate_hz = read_audio(tmp_path / "apology.wav")
    assert "say that again" in whisper.transcribe(resample(sound, rate_hz, HEAR_RATE_HZ)).text.lower()


@pytest.mark.parametrize(("language", "why"), [("de", 'speaks "en", not "de".'), ("xx", "There is no folder")])
def test_the_script_says_why_it_cannot_record(language: str, why: str, tmp_path: Path) -> None:
    done = render(language, "--output", str(tmp_path))
    assert done.returncode == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []
