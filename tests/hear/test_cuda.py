"""ASR on a card: what CTranslate2 is told, and how each failure ends, with a CTranslate2 that plays the card."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest

from edge_agent.errors import ModelError
from edge_agent.hear.cuda import can_use_cuda, cuda_type
from edge_agent.hear.decoder_ct2 import Ct2Decoder
from edge_agent.hear.whisper import Whisper
from edge_agent.lines.audio_file import read_audio
from edge_agent.store import Store

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
REAL = ctranslate2.models.Whisper
NO_MEMORY = "CUDA failed with error out of memory"


def tiny() -> Path:
    return Store().resolve("whisper-tiny.en", "asr").main


class Card:
    """A card whose work a CPU does."""

    def __init__(self, fails: str = "", *, at: str = "") -> None:
        self.told: dict[str, Any] = {}
        self.fails, self.at = fails, at

    def __call__(self, folder: str, **told: Any) -> Any:
        self.told = told
        self._step("load")
        real, card = REAL(folder, device="cpu", compute_type="int8"), self

        class Model:
            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def encode(self, *args: Any, **more: Any) -> Any:
                card._step("encode")
                return real.encode(*args, **more)

        return Model()

    def _step(self, name: str) -> None:
        if name == self.at:
            raise RuntimeError(self.fails)


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the card computes with."""
    known = {"float16", "float32", "int8_float16"}
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device, card: known)
    return known


@pytest.mark.model
def test_all_of_it_runs_on_the_card(types: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card()
    monkeypatch.setattr(ctranslate2.models, "Whisper", card)
    whisper = Whisper(tiny(), cuda=1)
    assert "brooklyn" in whisper.transcribe(read_audio(QUESTION)[0]).text.lower()
    assert {name: card.told[name] for name in ("device", "device_index", "compute_type")} == {
        "device": "cuda", "device_index": 1, "compute_type": "float16",
    }  # fmt: skip
    assert isinstance(whisper._decoder, Ct2Decoder)


@pytest.mark.model
@pytest.mark.parametrize(
    ("at", "fails"),
    [
        ("load", "CUDA driver version is insufficient for CUDA runtime version"),
        ("load", NO_MEMORY),
        ("encode", "Library libcublas.so.12 is not found or cannot be loaded"),
        ("encode", "no kernel image is available for execution on the device"),
    ],
)
def test_what_is_wrong_with_the_card_is_said_when_it_is_loaded(at, fails, types, monkeypatch) -> None:
    monkeypatch.setattr(ctranslate2.models, "Whisper", Card(fails, at=at))
    with pytest.raises(ModelError, match=fails):
        Whisper(tiny(), cuda=0).warm_up()


@pytest.mark.model
def test_no_card_is_a_model_error_with_the_real_thing() -> None:
    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is one")
    with pytest.raises(ModelError):
        Whisper(tiny(), cuda=0)


def test_older_cards_compute_in_32_bits(types: set[str]) -> None:
    assert cuda_type(0) == "float16"
    types.discard("float16")
    types.add("int8_float32")
    assert cuda_type(0) == "int8_float32"
    types.clear()
    assert cuda_type(0) == "auto"


@pytest.mark.parametrize(("ends", "can"), [("sys.exit(0)", True), ("sys.exit(1)", False), ("os.abort()", False)])
def test_a_driver_is_asked_in_a_process_of_its_own(ends: str, can: bool) -> None:
    assert can_use_cuda((sys.executable, "-c", f"import os, sys; {ends}")) is can


def test_states_of_16_bits_become_those_of_32(types: set[str]) -> None:
    whisper = Whisper.__new__(Whisper)
    whisper._view = lambda array: array
    whisper._model = type("Half", (), {"encode": lambda self, mel, to_cpu: np.ones((1, 4, 8), np.float16)})()
    assert whisper._encode(np.zeros((80, 8), np.float32)).dtype == np.float32
