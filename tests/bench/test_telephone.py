"""Speech through a telephone's codec: as loud, as long, and without what the codec has no room for."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.bench.telephone import lossy, through


def level_at(hz: float, codec: str) -> float:
    """The level of a tone behind the codec, against that before it."""
    tone = (0.3 * np.sin(2 * np.pi * hz * np.arange(HEAR_RATE_HZ) / HEAR_RATE_HZ)).astype(np.float32)
    heard = through(tone, codec)
    assert len(heard) == pytest.approx(len(tone), abs=HEAR_RATE_HZ // 50)
    middle = slice(4000, 12_000)
    return float(np.abs(heard[middle]).std() / np.abs(tone[middle]).std())


@pytest.mark.parametrize("codec", ["none", "pcmu", "pcma", "g722", "opus"])
def test_a_voice_comes_through_as_loud_as_it_was(codec: str) -> None:
    assert level_at(1_000, codec) == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize(("codec", "passes"), [("none", True), ("pcmu", False), ("pcma", False), ("g722", True)])
def test_wide_band_alone_has_what_is_above_4_khz(codec: str, passes: bool) -> None:
    assert (level_at(6_000, codec) > 0.5) is passes


def test_a_share_of_the_frames_is_lost_and_the_sound_as_long() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(2 * HEAR_RATE_HZ) / HEAR_RATE_HZ)).astype(np.float32)
    assert (lossy(tone, 0.0, 1) == tone).all()
    heard = lossy(tone, 0.1, 1)
    assert len(heard) == len(tone)
    changed = np.abs(heard - tone).reshape(-1, HEAR_RATE_HZ // 50).max(axis=1) > 1e-6
    assert 0.04 < changed.mean() < 0.3


def test_what_opus_loses_is_made_from_the_next_frame() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * HEAR_RATE_HZ).astype(np.float32)
    voice = np.convolve(noise, np.ones(40) / 40, "same").astype(np.float32)
    whole, holed = through(voice, "opus"), through(voice, "opus", 0.1, 1)
    assert len(holed) == len(whole)
    assert not np.allclose(holed, whole)
    assert float(np.abs(holed).std() / np.abs(whole).std()) == pytest.approx(1.0, abs=0.1)
