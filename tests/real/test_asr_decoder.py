"""The decoder made of a real model beside CTranslate2's own: the same words, the same figures for the guards."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.hear.decoder_ct2 import Ct2Decoder
from edge_agent.hear.decoder_onnx import OnnxDecoder
from edge_agent.hear.whisper import Whisper
from edge_agent.lines.audio_file import read_audio
from edge_agent.store.store import Store
from edge_agent.types import Samples

pytestmark = pytest.mark.model

SAID = "How old is the Brooklyn Bridge?"


@pytest.fixture(scope="module", params=["whisper-base", "whisper-tiny.en"])
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
