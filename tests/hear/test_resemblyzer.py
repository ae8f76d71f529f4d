"""Resemblyzer: its real weights on real voices, and what becomes of a file that holds something else."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from edge_agent import build, engines
from edge_agent.errors import ModelError
from edge_agent.hear.company import speech_of
from edge_agent.hear.resemblyzer import BANDS, Resemblyzer, _filters, _mel
from edge_agent.lines.audio_file import read_audio
from edge_agent.settings import Settings
from edge_agent.types import HEAR_RATE_HZ, Samples

SPEECH = Path(__file__).parents[1] / "data" / "speech"


def test_the_bands_are_triangles_up_to_8_khz() -> None:
    filters = _filters()
    assert filters.shape == (201, BANDS)
    assert (filters >= 0).all()
    peaks_hz = filters.argmax(axis=0) * 40
    assert (np.diff(peaks_hz) > 0).all()
    assert 7000 < peaks_hz[-1] < 8000
    assert filters.sum(axis=0) * 40 == pytest.approx(np.ones(BANDS), rel=0.35), "of equal area, as far as bins go"


def test_a_tone_is_in_its_band() -> None:
    t = np.arange(HEAR_RATE_HZ) / HEAR_RATE_HZ
    bands = _mel(np.sin(2 * np.pi * 1000 * t).astype(np.float32))
    assert bands.shape == (100, BANDS)
    assert _filters()[25].argmax() == bands[50].argmax(), "25 bins of 40 Hz"


def test_a_file_with_other_weights_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for weights in ({}, {"lstm.weight_ih_l0": np.zeros((7, 40), np.float32)}):
        monkeypatch.setattr("edge_agent.hear.resemblyzer.read_tensors", lambda path, name, found=weights: found)
        with pytest.raises(ModelError, match="does not hold this model"):
            Resemblyzer(tmp_path / "weights.pt")


@pytest.mark.model
def test_voices_of_people_are_told_apart() -> None:
    settings = Settings()
    model = build.choose_one(settings, "speaker")
    encoder = engines.speaker(settings, model.engine, model.main)
    rows = [json.loads(line) for line in (SPEECH / "manifest.jsonl").read_text().splitlines()]
    voices = {row["speaker"]: _speech(row) for row in rows if str(row["speaker"]).startswith(("libri", "cv-"))}
    assert len(voices) >= 5
    halves = {
        who: (encoder.embed(sound[: len(sound) // 2]), encoder.embed(sound[len(sound) // 2 :]))
        for who, sound in voices.items()
    }
    own = [float(first @ second) for first, second in halves.values()]
    others = [float(halves[one][0] @ halves[other][1]) for one, other in combinations(halves, 2)]
    assert min(own) > max(others)
    assert min(own) > 0.6, "of two seconds each"
    assert all(np.linalg.norm(each) == pytest.approx(1) for pair in halves.values() for each in pair)
    quiet = encoder.embed(0.05 * voices["librispeech-2609"])
    assert quiet @ encoder.embed(voices["librispeech-2609"]) == pytest.approx(1, abs=1e-3), "however loud"


def _speech(row: dict) -> Samples:
    samples, rate_hz = read_audio(SPEECH / row["file"])
    assert rate_hz == HEAR_RATE_HZ
    return speech_of(samples)
