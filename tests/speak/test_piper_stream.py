"""The real voice, streamed: no seam can be heard, and the first sound does not wait for the last."""

import numpy as np
import pytest

from edge_agent import build, engines
from edge_agent.config import load
from edge_agent.speak import piper as piper_module
from edge_agent.speak.piper import Piper

pytestmark = pytest.mark.model

TEXTS = (
    "The Brooklyn Bridge was opened in eighteen eighty-three.",
    "You could fry the potatoes first. Add the eggs once they are golden, and finish with pepper.",
)
HOP = 256


@pytest.fixture(scope="module")
def piper() -> Piper:
    settings = load({"models": {"profile": "tiny"}})
    return engines.tts(settings, "piper", build.choose_one(settings, "tts").main)


@pytest.mark.parametrize("text", TEXTS)
def test_streamed_sound_is_the_whole_sound(piper, text):
    """Of the same latent, since the noise in it is drawn anew for each text."""
    latent = np.concatenate([piper._infer(phonemes)[0] for phonemes in piper._voice.phonemize(text)], axis=-1)
    assert piper._decoder is not None
    whole = piper._decoder.decode(latent)
    pieces = list(piper._decoder.stream(latent, 16))
    assert [left for _, left in pieces] == sorted((left for _, left in pieces), reverse=True)
    assert len(pieces) > 2
    streamed = np.concatenate([sound for sound, _ in pieces])
    error = streamed - whole
    assert np.sqrt(np.mean(error**2) / np.mean(whole**2)) < 1e-3
    seams = np.cumsum([len(sound) for sound, _ in pieces])[:-1]
    jumps = np.abs(np.diff(whole))
    for seam in seams:
        assert abs(streamed[seam] - streamed[seam - 1]) <= jumps[seam - 5 : seam + 5].max() + 1e-3


def test_the_first_chunk_is_short_and_the_length_is_known(piper):
    first, *rest = piper.stream(TEXTS[0])
    assert len(first.samples) == 16 * HOP
    assert first.left == sum(len(chunk.samples) for chunk in rest)
    assert rest[-1].left == 0
    assert len(list(piper.stream("Yes."))) <= 2


def test_one_gain_for_all_that_the_voice_says(piper):
    """At the default volume, and never clipped by much: two sentences differ as they did in the voice."""
    peaks = [np.abs(piper.synthesize(text)).max() for text in TEXTS]
    assert all(0.3 < peak <= 1 for peak in peaks)


def test_nothing_to_say_is_no_sound(piper):
    assert list(piper.stream("")) == []


def test_a_voice_that_cannot_be_cut_is_rendered_whole(piper, monkeypatch):
    monkeypatch.setattr(piper_module, "cut", lambda model: None)
    settings = load({"models": {"profile": "tiny"}})
    whole = engines.tts(settings, "piper", build.choose_one(settings, "tts").main)
    (chunk,) = whole.stream(TEXTS[0])
    assert chunk.left == 0
    streamed = piper.synthesize(TEXTS[0])
    assert len(chunk.samples) == pytest.approx(len(streamed), rel=0.2)
    assert np.abs(chunk.samples).max() == pytest.approx(np.abs(streamed).max(), rel=0.4)
