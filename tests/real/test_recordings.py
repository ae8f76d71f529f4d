"""What is heard without an engine: the ears understand it, and the script records it anew."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.speak.apology import Apology, recorded
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.words import words_of

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}})


def test_the_ears_understand_what_was_recorded() -> None:
    whisper = build.asr(SETTINGS, build.choose_one(SETTINGS, "asr"))
    heard = whisper.transcribe(recorded(HEAR_RATE_HZ)).text.lower()
    assert "sorry" in heard
    assert "say that again" in heard
    assert "one moment" in whisper.transcribe(recorded(HEAR_RATE_HZ, name="one_moment")).text.lower()
    sound, rate_hz = read_audio(words_of("en").recording("safe_mode"))
    heard = whisper.transcribe(resample(sound, rate_hz, HEAR_RATE_HZ)).text.lower()
    assert "could not start" in heard
    assert "waiting for help" in heard


def render(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).parents[2] / "scripts" / "render_words.py"
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_script_records_the_texts_of_a_language_with_a_voice_of_it(tmp_path: Path) -> None:
    done = render("en", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {"apology.wav", "one_moment.wav", "safe_mode.wav"}
    whisper = build.asr(SETTINGS, build.choose_one(SETTINGS, "asr"))
    sound, rate_hz = read_audio(tmp_path / "apology.wav")
    assert "say that again" in whisper.transcribe(resample(sound, rate_hz, HEAR_RATE_HZ)).text.lower()


@pytest.fixture(scope="module")
def german_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Joe, who reads as Germans do: what he says is odd, and a voice that speaks German to the program."""
    joe = build.choose_one(SETTINGS, "tts").main
    voice = tmp_path_factory.mktemp("voice") / "joe.onnx"
    shutil.copyfile(joe, voice)  # a link would be followed to the description of Joe
    described = json.loads(Path(f"{joe}.json").read_text(encoding="utf-8"))
    described["espeak"]["voice"] = "de"
    Path(f"{voice}.json").write_text(json.dumps(described), encoding="utf-8")
    return voice


def test_a_voice_without_recordings_says_the_apology_itself(german_voice: Path) -> None:
    settings = load({"models": {"voice": str(german_voice)}, "engines": {"isolation": "thread"}})
    voice = build.voice(settings, build.choose_one(settings, "tts"))
    assert voice.language == "de"
    assert not words_of("de").is_recorded("apology"), "there is a recording now: take another language"
    made = Apology(voice.rate_hz, language=voice.language, say=voice.render)
    sound = np.concatenate([block.samples for block in made.blocks(1)])
    assert 2 < len(sound) / voice.rate_hz < 8
    assert 0.1 < np.abs(sound).max() <= 1


@pytest.mark.slow
def test_a_voice_of_the_language_is_recorded(german_voice: Path, tmp_path: Path) -> None:
    done = render("de", "--set", f"models.voice={german_voice}", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o644}


@pytest.mark.parametrize(
    ("language", "why"), fast_first([("xx", "There is no folder"), ("de", 'speaks "en", not "de".')], 1)
)
def test_the_script_says_why_it_cannot_record(language: str, why: str, tmp_path: Path) -> None:
    done = render(language, "--output", str(tmp_path))
    assert done.returncode == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []
