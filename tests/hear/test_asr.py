"""Whisper with its short window and silent tail: right words, no invented ones, clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiers import fast_first

from edge_agent.bench.wer import normalise
from edge_agent.errors import ConfigError, EngineError, ModelError
from edge_agent.hear.whisper import Whisper
from edge_agent.interfaces import Transcript
from edge_agent.lines.audio_file import read_audio
from edge_agent.store.store import Store
from edge_agent.types import HEAR_RATE_HZ, Samples

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
SAID = "how old is the brooklyn bridge"


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    engine = Whisper(Store().resolve("whisper-tiny.en", "asr").path)
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def multilingual() -> Whisper:
    return Whisper(Store().resolve("whisper-base", "asr").path, language=None)


@pytest.fixture(scope="module")
def question() -> Samples:
    samples, rate_hz = read_audio(QUESTION)
    assert rate_hz == HEAR_RATE_HZ
    return samples


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named_and_nothing_is_fetched(tmp_path: Path, missing: str) -> None:
    for name in {"model.bin", "config.json", "tokenizer.json"} - {missing}:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ModelError, match=missing) as error:
        Whisper(tmp_path)
    assert error.value.fix


def test_files_that_are_no_model_give_one_sentence(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Whisper(tmp_path)


@pytest.mark.model
def test_both_windows_hear_the_question(whisper: Whisper, question: Samples) -> None:
    short, full = whisper.transcribe(question), whisper.transcribe(question, window="full")
    assert normalise(short.text) == normalise(full.text) == SAID
    assert (short.rejected, short.retried, full.retried) == (None, False, False)
    assert 0.5 < short.confidence <= 1.0
    assert short.language == "en"


@pytest.mark.model
def test_the_short_window_is_worth_it(whisper: Whisper, question: Samples) -> None:
    """It encodes a sixth of the window; half the time leaves room for a loaded machine."""
    short = min(whisper.transcribe(question).encode_s for _ in range(3))
    full = min(whisper.transcribe(question, window="full").encode_s for _ in range(3))
    assert short < full / 2


@pytest.mark.model
def test_hearing_twice_gives_the_same(whisper: Whisper, question: Samples) -> None:
    first, second = whisper.transcribe(question), whisper.transcribe(question)
    assert (first.text, first.confidence) == (second.text, second.confidence)


@pytest.mark.model
def test_too_little_voice_costs_nothing(whisper: Whisper, question: Samples) -> None:
    heard = whisper.transcribe(question, voiced_s=0.05)
    assert (heard.text, heard.rejected, heard.encode_s) == ("", "too little voice", 0.0)
    assert whisper.transcribe(question[:0]).rejected == "too little voice"


def _sounds() -> dict[str, Samples]:
    rng = np.random.default_rng(7)
    t = np.arange(3 * HEAR_RATE_HZ) / HEAR_RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8))
    sounds = {
        "digital silence": np.zeros_like(t),
        "quiet noise": 0.003 * rng.standard_normal(len(t)),
        "hum": 0.1 * hum,
        "loud noise": 0.2 * rng.standard_normal(len(t)),
        "clicks": 0.8 * (rng.random(len(t)) > 0.9995),
        "long silence": np.zeros(45 * HEAR_RATE_HZ),
        "one sample": np.zeros(1),
    }
    return {name: samples.astype(np.float32) for name, samples in sounds.items()}


@pytest.mark.model
@pytest.mark.parametrize("name", fast_first(list(_sounds()), 1))
def test_no_words_are_invented(whisper: Whisper, multilingual: Whisper, name: str) -> None:
    for engine in (whisper, multilingual):
        heard = engine.transcribe(_sounds()[name])
        assert (heard.text, bool(heard.rejected)) == ("", True)


@pytest.mark.model
def test_beyond_the_window_nothing_is_lost(whisper: Whisper, question: Samples) -> None:
    """45 s with a question at 0 s and at 23 s: cut in two, heard apart, joined."""
    long = np.concatenate([question, np.zeros(21 * HEAR_RATE_HZ, np.float32)] * 2)
    heard = whisper.transcribe(long)
    assert normalise(heard.text).split().count("bridge") == 2
    assert heard.rejected is None


@pytest.mark.model
def test_the_language_is_detected_where_none_is_given(multilingual: Whisper, question: Samples) -> None:
    heard = multilingual.transcribe(question)
    assert (normalise(heard.text), heard.language) == (SAID, "en")


@pytest.mark.model
def test_a_language_that_the_model_does_not_know_is_refused() -> None:
    store = Store()
    with pytest.raises(ConfigError, match="only English"):
        Whisper(store.resolve("whisper-tiny.en", "asr").path, language="fr")
    with pytest.raises(ConfigError, match="xx"):
        Whisper(store.resolve("whisper-base", "asr").path, language="xx")


@pytest.mark.model
@pytest.mark.parametrize(
    "samples", [np.full(16_000, np.nan, np.float32), np.zeros((2, 16_000), np.float32)], ids=["nan", "stereo"]
)
def test_what_is_no_sound_is_refused(whisper: Whisper, samples: Samples) -> None:
    with pytest.raises(EngineError):
        whisper.transcribe(samples)


def look(text: str, confidence: float, no_speech: float) -> Transcript:
    return Transcript(text, "en", confidence, no_speech, None, False, 3)


@pytest.mark.parametrize(
    ("first", "seen", "text"),
    [
        (look("horse time", 0.3, 0.3), ["short", "wide"], "Wide."),
        (look("horse time", 0.45, 0.3), ["short", "wide"], "horse time"),
        (look("horse time", 0.3, 0.7), ["short", "full"], "Full."),
        (look("", 0.3, 0.3), ["short", "full"], "Full."),
    ],
)
def test_a_doubtful_text_costs_the_full_window_only_where_nobody_may_have_spoken(
    first: Transcript, seen: list[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window of 15 s takes a third of the time, but does not tell noise from speech."""
    windows: list[str] = []
    looks = {"short": first, "wide": look("Wide.", 0.4, 0.3), "full": look("Full.", 0.5, 0.1)}
    whisper = Whisper.__new__(Whisper)

    def decode(samples: Samples, window: str, draft: tuple[int, ...], context: tuple[int, ...]) -> Transcript:
        windows.append(window)
        return looks[window]

    monkeypatch.setattr(whisper, "_decode", decode)
    heard = whisper._piece(np.zeros(16_000, np.float32), "short", (), True, ())
    assert (windows, heard.text, heard.retried, heard.rejected) == (seen, text, True, None)


def test_what_loops_is_looked_at_again_without_what_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    whisper, expected = Whisper.__new__(Whisper), []

    def decode(samples: Samples, window: str, draft: tuple[int, ...], context: tuple[int, ...]) -> Transcript:
        expected.append((draft, context))
        return look("S as in " + "S-" * 40, 0.8, 0.1) if context else look("L-A-U-R-A, R as in red.", 0.7, 0.1)

    monkeypatch.setattr(whisper, "_decode", decode)
    heard = whisper._piece(np.zeros(16_000, np.float32), "short", (7,), True, (1, 2))
    assert (heard.text, expected[-1]) == ("L-A-U-R-A, R as in red.", ((), ()))
