"""The decoder made of a real model beside CTranslate2's own: the same words, the same figures for the guards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.hear.decoder_ct2 import Ct2Decoder
from edge_agent.hear.decoder_onnx import OnnxDecoder
from edge_agent.hear.whisper import Whisper
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.store.store import Store
from edge_agent.types import HEAR_RATE_HZ, Samples

pytestmark = pytest.mark.model

SAID = "How old is the Brooklyn Bridge?"


@pytest.fixture(scope="module", params=fast_first(["whisper-tiny.en", "whisper-base"], 1))
def folder(request: pytest.FixtureRequest) -> Path:
    return Store().resolve(request.param, "asr").path


@pytest.fixture(scope="module")
def whisper(folder: Path) -> Whisper:
    return Whisper(folder)


@pytest.fixture(scope="module")
def question() -> Samples:
    return read_audio(Path(__file__).parents[2] / "examples" / "question.wav")[0]


@pytest.fixture
def of_another_make(folder: Path, tmp_path: Path) -> Path:
    """The same model, with a tokenizer that has another name for "nobody speaks"."""
    for name in ("model.bin", "config.json", "vocabulary.txt"):
        (tmp_path / name).symlink_to(folder / name)
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    (tmp_path / "tokenizer.json").write_text(tokenizer.replace("nocaptions", "quiet"), encoding="utf-8")
    return tmp_path


def test_both_decoders_hear_the_same(whisper: Whisper, of_another_make: Path, question: Samples) -> None:
    other = Whisper(of_another_make)
    ours, theirs = whisper.transcribe(question), other.transcribe(question)
    assert isinstance(whisper._decoder, OnnxDecoder)
    assert isinstance(other._decoder, Ct2Decoder)
    assert ours.text == theirs.text == SAID
    assert ours.ids == theirs.ids
    assert ours.confidence == pytest.approx(theirs.confidence, abs=0.05)
    assert ours.no_speech == pytest.approx(theirs.no_speech, abs=0.05)


def test_a_draft_is_confirmed_or_mended(whisper: Whisper, question: Samples) -> None:
    plain = whisper.transcribe(question)
    early = whisper.transcribe(question[: len(question) // 2], final=False)
    for draft in (plain.ids, plain.ids[:4], early.ids, (*plain.ids[:2], 400, 500, 600), (*plain.ids, 700)):
        again = whisper.transcribe(question, draft=draft)
        assert (again.text, again.ids) == (plain.text, plain.ids)
        assert again.confidence == pytest.approx(plain.confidence, abs=0.05)


def test_a_confirmed_draft_is_worth_it(whisper: Whisper, question: Samples) -> None:
    """One pass instead of eight; two thirds of the time leave room for a loaded machine."""
    ids = whisper.transcribe(question).ids
    plain = min(whisper.transcribe(question).decode_s for _ in range(3))
    drafted = min(whisper.transcribe(question, draft=ids).decode_s for _ in range(3))
    assert drafted < plain * 2 / 3


def test_words_are_said_when_the_voice_says_that_they_end(whisper: Whisper) -> None:
    onnxruntime.set_seed(1)  # one voice in many is misheard by tiny
    settings = load({"models": {"profile": "tiny"}, "engines": {"isolation": "thread"}})
    voice = build.tts(settings, build.choose(settings).voice)
    chunks = list(voice.stream("Please remind me to call my mother at seven this evening."))
    sound = resample(np.concatenate([chunk.samples for chunk in chunks]), voice.rate_hz, HEAR_RATE_HZ)
    heard = whisper.transcribe(sound)
    told = whisper.word_times(sound, heard.ids, heard.language)
    ends = [word.samples / voice.rate_hz for word in chunks[0].words]
    assert [word.text for word in told][:4] == ["Please", "remind", "me", "to"]
    assert [word.end_s for word in told] == pytest.approx(ends, abs=0.3)
    assert np.abs(np.subtract([word.end_s for word in told], ends)).mean() < 0.15
