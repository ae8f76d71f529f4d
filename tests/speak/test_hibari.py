"""The second voice engine: trimmed, as loud as asked, with words that end where they do; and what it says without its
package."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_agent import build, engines
from edge_agent.config import load
from edge_agent.errors import ModelError
from edge_agent.hear.whisper import Whisper
from edge_agent.resample import resample
from edge_agent.settings import Settings
from edge_agent.speak.hibari import Hibari
from edge_agent.speak.playback import words_within
from edge_agent.speak.voice import AUDIBLE, LEAD_S, TAIL_S, Voice
from edge_agent.types import HEAR_RATE_HZ, Samples, Sentence, WordEnd

SETTINGS = load({"models": {"profile": "small", "voice": "hibari-heart"}})
TEXTS = (
    "The kettle on the kitchen table is still warm.",
    "Please close the window before the storm arrives.",
    "The museum opens every morning except on Monday.",
    "Tomorrow we could visit the castle near the river.",
    "She painted the wooden fence a bright shade of green.",
    "First, chop the onions. Then fry them in butter.",
)
needs_model = pytest.mark.model


@pytest.fixture(scope="module")
def onnx() -> Path:
    return build.choose_one(SETTINGS, "tts").main


@pytest.fixture(scope="module")
def hibari(onnx: Path) -> Hibari:
    made = engines.tts(SETTINGS, "hibari", onnx)
    assert isinstance(made, Hibari)
    return made


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    made = engines.asr(SETTINGS, "whisper-ct2", build.choose_one(SETTINGS, "asr").main)
    assert isinstance(made, Whisper)
    return made


def said(hibari: Hibari, text: str, speed: float = 1.0) -> tuple[Samples, tuple[WordEnd, ...]]:
    blocks = list(Voice(hibari).speak(Sentence(1, text, True), speed=speed))
    return np.concatenate([block.samples for block in blocks]), blocks[0].words


def heard(whisper: Whisper, sound: Samples) -> list[str]:
    """With silence around: a recording does not begin and end within speech."""
    padded = np.pad(sound, (2_400, 9_600))
    return re.findall(r"[a-z']+", whisper.transcribe(resample(padded, 24_000, HEAR_RATE_HZ)).text.lower())


@needs_model
@pytest.mark.parametrize("text", [*TEXTS, "Yes,"])
def test_nothing_of_the_silence_in_front_is_left(hibari: Hibari, text: str) -> None:
    """The network puts a third of a second there, and half of one behind: also between two sentences."""
    (chunk,) = hibari.stream(text)
    assert chunk.left == 0
    loud = np.flatnonzero(np.abs(chunk.samples) >= AUDIBLE)
    assert loud[0] <= LEAD_S * hibari.rate_hz
    assert len(chunk.samples) - loud[-1] <= TAIL_S * hibari.rate_hz + 1
    assert np.diff(loud).max(initial=0) / hibari.rate_hz <= 0.3, "nowhere a pause that makes one wait"


@needs_model
def test_no_sentence_is_louder_than_asked_for_and_the_longest_reaches_it(hibari: Hibari) -> None:
    long = "You could fry the potatoes first, add the eggs once they are golden, and finish with pepper."
    peaks = [np.abs(said(hibari, text)[0]).max() for text in (*TEXTS, long, "Yes,")]
    assert max(peaks) == pytest.approx(SETTINGS.speak.volume, rel=0.01)
    assert min(peaks) > 0.3


@needs_model
def test_the_same_text_sounds_the_same(hibari: Hibari) -> None:
    assert np.array_equal(said(hibari, TEXTS[0])[0], said(hibari, TEXTS[0])[0])


@pytest.mark.slow
@needs_model
def test_what_is_heard_up_to_a_border_is_what_the_border_says(hibari: Hibari, whisper: Whisper) -> None:
    """Cut behind the middle word and at two thirds, and transcribed, it has as many words."""
    exact, by_proportion = list[bool](), list[bool]()
    for text in TEXTS:
        sound, words = said(hibari, text)
        assert [text[: end.chars].split()[-1] for end in words] == text.split()
        assert list(words) == sorted(words)
        assert words[-1].samples <= len(sound)
        for n in (len(words) // 2, len(words) * 2 // 3):
            cut = words[n - 1].samples
            count = len(heard(whisper, sound[:cut]))
            assert abs(count - n) <= 1
            exact.append(count == n)
            by_proportion.append(len(words_within(text, cut / len(sound)).split()) == n)
    assert np.mean(exact) >= 0.75
    assert np.mean(by_proportion) < np.mean(exact)


@needs_model
def test_what_is_written_in_signs_ends_with_its_last_word(hibari: Hibari) -> None:
    text = "One of the best at AT&T costs $5.25 today."
    words = said(hibari, text)[1]
    assert [text[: end.chars] for end in words][-3:] == [text[:-13], text[:-7], text]
    assert words[-2].samples - words[-3].samples > 1.2 * hibari.rate_hz, "five dollars and twenty-five cents"


@needs_model
def test_speed_and_pace_change_the_length_and_not_the_words(hibari: Hibari, whisper: Whisper, onnx: Path) -> None:
    lengths = {speed: len(said(hibari, TEXTS[0], speed)[0]) for speed in (0.25, 0.5, 1.0, 2.0, 4.0)}
    assert lengths[0.5] / lengths[1.0] == pytest.approx(2.0, rel=0.15)
    assert lengths[2.0] / lengths[1.0] == pytest.approx(0.5, rel=0.25)
    assert sorted(lengths.values(), reverse=True) == list(lengths.values())
    assert len(said(hibari, TEXTS[0], 100.0)[0]) == lengths[4.0]
    assert heard(whisper, said(hibari, TEXTS[0], 1.5)[0]) == re.findall(r"\w+", TEXTS[0].lower())
    paced = Hibari(onnx, pace=1.5, volume=SETTINGS.speak.volume)
    assert len(said(paced, TEXTS[0])[0]) == pytest.approx(len(said(hibari, TEXTS[0], 1.5)[0]), rel=0.03)


@needs_model
@pytest.mark.parametrize("text", ["", "...", "你好"])
def test_what_it_cannot_say_is_no_sound(hibari: Hibari, text: str) -> None:
    assert list(hibari.stream(text)) == []


@needs_model
def test_an_own_voice_finds_the_network_for_unknown_words_in_the_package(onnx: Path, tmp_path: Path) -> None:
    own = tmp_path / "my-voice.onnx"
    shutil.copy(onnx, own)
    settings = load({"models": {"voice": str(own)}})
    model = build.choose_one(settings, "tts")
    assert model.engine == "hibari"
    assert list(engines.tts(settings, model.engine, model.main).stream("Xylqorth"))


def test_without_its_package_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(ModelError, match=r"hibari\.onnx needs the package hibari-tts") as caught:
        engines.tts(Settings(), "hibari", Path("hibari.onnx"))
    assert caught.value.fix == f"{sys.executable} -m pip install 'hibari-tts==0.2.1'"


@pytest.mark.parametrize("content", [None, b"", b"no protobuf", b"\x3a\x00"])
def test_a_file_that_is_no_voice_of_it_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"a\.onnx is not a voice of hibari"):
        Hibari(tmp_path / "a.onnx")
