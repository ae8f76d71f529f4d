"""The apology: a recording that is in the package, at any rate of a line; a tone where words would not do."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from edge_agent import words
from edge_agent.errors import EngineError
from edge_agent.speak import apology
from edge_agent.speak.apology import MOST_IN_A_ROW, Apology
from edge_agent.types import Samples
from edge_agent.words import languages, words_of


def sound(made: Apology, failures: int = 1) -> Samples:
    return np.concatenate([block.samples for block in made.blocks(failures)])


RECORDED = [language for language in languages() if words_of(language).is_recorded("apology")]


@pytest.mark.parametrize("language", RECORDED)
def test_a_recording_is_what_it_is_said_to_be(language: str) -> None:
    path = words_of(language).recording("apology")
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert 1.5 < file.getnframes() / file.getframerate() < 4
    assert path.stat().st_size < 180_000
    assert path.parent.name == language


def test_english_is_recorded() -> None:
    assert "en" in RECORDED


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 48_000])
@pytest.mark.parametrize("failures", [1, MOST_IN_A_ROW + 1])
def test_it_is_as_long_and_as_high_at_any_rate(rate_hz: int, failures: int) -> None:
    made, own = sound(Apology(rate_hz), failures), sound(Apology(22_050), failures)
    assert len(made) / rate_hz == pytest.approx(len(own) / 22_050, abs=0.01)
    assert 0.05 < np.abs(made).max() <= 0.85

    def centre_hz(samples: Samples, rate_hz: int) -> float:
        power = np.abs(np.fft.rfft(samples)) ** 2
        hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
        return float((hz * power)[hz < 3500].sum() / power[hz < 3500].sum())

    assert centre_hz(made, rate_hz) == pytest.approx(centre_hz(own, 22_050), rel=0.03)


def test_its_first_sound_is_not_held_up_by_silence() -> None:
    assert np.abs(sound(Apology(22_050))[: round(0.1 * 22_050)]).max() > 0.01


def test_it_is_as_loud_as_the_voice_is() -> None:
    for failures in (1, MOST_IN_A_ROW + 1):
        quiet, loud = sound(Apology(16_000, volume=0.2), failures), sound(Apology(16_000, volume=0.8), failures)
        assert np.allclose(4 * quiet, loud, atol=1e-6)


def test_it_is_no_answer() -> None:
    made = list(Apology(16_000).blocks(1))
    assert {block.sentence.text for block in made} == {""}
    assert [block.ends_sentence for block in made] == [False] * (len(made) - 1) + [True]
    assert all(len(block.samples) <= 320 for block in made)


def test_without_words_or_without_the_file_it_is_a_tone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tone = sound(Apology(16_000, words=False))
    assert np.abs(tone).max() > 0.05
    assert len(tone) < 0.5 * 16_000
    for content in (None, b"", b"RIFF\x00\x00"):
        broken = tmp_path / "broken.wav"
        if content is not None:
            broken.write_bytes(content)
        monkeypatch.setattr(words.Words, "recording", lambda own, name, broken=broken: broken)
        apology.recorded.cache_clear()
        assert np.array_equal(sound(Apology(16_000)), tone)
    apology.recorded.cache_clear()


def test_the_wheel_has_it() -> None:
    """What the build takes is the package's folder, less what git ignores."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("not a checkout")
    for language in languages():
        for file in words.FOLDER.joinpath(language).iterdir():
            if file.name != "__pycache__":
                ignored = subprocess.run(["git", "check-ignore", "-q", str(file)], cwd=root, check=False)
                assert ignored.returncode == 1, file


@pytest.fixture
def german_unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the folder has by now."""
    monkeypatch.setattr(words.Words, "is_recorded", lambda own, name: own.language != "de")
    apology.recorded.cache_clear()


@pytest.mark.usefixtures("german_unrecorded")
def test_words_that_were_never_recorded_are_said_once_by_the_voice() -> None:
    asked: list[str] = []

    def say(text: str) -> Samples:
        asked.append(text)
        return np.full(3_000, 0.25, np.float32)

    made = Apology(16_000, volume=0.5, language="de", say=say)
    assert np.array_equal(sound(made), np.full(3_000, 0.25, np.float32))
    assert np.array_equal(sound(made, 2), sound(made))
    assert asked == [words_of("de").apology, words_of("de").one_moment]
    assert len(sound(made, MOST_IN_A_ROW + 1)) < 0.5 * 16_000
    Apology(16_000, words=False, language="de", say=say)
    assert len(asked) == 2


@pytest.mark.usefixtures("german_unrecorded")
def test_without_a_recording_it_is_a_tone_where_the_voice_fails_and_english_where_there_is_none() -> None:
    def fails(text: str) -> Samples:
        raise EngineError("The voice is gone.")

    tone = sound(Apology(16_000, words=False))
    assert np.array_equal(sound(Apology(16_000, language="de", say=fails)), tone)
    assert np.array_equal(sound(Apology(16_000, language="de", say=lambda text: np.zeros(0, np.float32))), tone)
    assert np.array_equal(sound(Apology(16_000, language="de")), sound(Apology(16_000)))


def test_what_was_recorded_needs_no_voice() -> None:
    def never(text: str) -> Samples:
        raise AssertionError

    assert np.array_equal(sound(Apology(16_000, language="en_US", say=never)), sound(Apology(16_000)))
