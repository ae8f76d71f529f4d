"""The first sound of an answer: where it begins, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.bench.turns import first_sound
from edge_agent.types import Samples

RATES = st.sampled_from([8_000, 16_000, 22_050, 48_000])
LEVELS_DB = st.floats(-41, -1)
"""Amplitude of a tone; its RMS is 3 dB less."""


def tone(rate_hz: int, seconds: float, level_db: float, hz: float = 440) -> Samples:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def with_silence(sound: Samples, rate_hz: int, before_s: float, after_s: float = 0.2) -> Samples:
    return np.pad(sound, (round(before_s * rate_hz), round(after_s * rate_hz)))


@given(rate_hz=RATES, before_s=st.floats(0, 2), level_db=LEVELS_DB, hz=st.floats(150, 3000))
def test_a_tone_is_found_where_it_begins(rate_hz: int, before_s: float, level_db: float, hz: float) -> None:
    sound = with_silence(tone(rate_hz, 0.1, level_db, hz), rate_hz, before_s)
    found = first_sound(sound, rate_hz)
    assert found is not None
    assert -0.001 <= found - before_s <= 0.01


@given(rate_hz=RATES, seed=st.integers(0, 2**32 - 1), level_db=st.floats(-90, -48))
def test_noise_below_the_threshold_is_no_sound(rate_hz: int, seed: int, level_db: float) -> None:
    noise = np.random.default_rng(seed).normal(0, 10 ** (level_db / 20), rate_hz).astype(np.float32)
    assert first_sound(noise, rate_hz) is None


@given(rate_hz=RATES, before_s=st.floats(0, 1), click_s=st.floats(0.0005, 0.01))
def test_a_click_is_no_sound_and_hides_none(rate_hz: int, before_s: float, click_s: float) -> None:
    click = with_silence(np.ones(int(click_s * rate_hz), np.float32), rate_hz, before_s, 0.3)
    assert first_sound(click, rate_hz) is None
    found = first_sound(np.concatenate([click, tone(rate_hz, 0.1, -6)]), rate_hz)
    assert found == pytest.approx(len(click) / rate_hz, abs=0.01)


@given(after_s=st.floats(0, 3))
def test_nothing_before_the_given_time_counts(after_s: float) -> None:
    found = first_sound(tone(16_000, 2, -6), 16_000, after_s)
    if after_s > 1.99:
        assert found is None
    elif after_s < 1.97:
        assert found == pytest.approx(after_s, abs=0.005)


@pytest.mark.parametrize("samples", [0, 1, 100, 200, 319])
def test_less_than_20_ms_are_no_sound(samples: int) -> None:
    assert first_sound(np.ones(samples, np.float32), 16_000) is None
    assert first_sound(np.ones(320, np.float32), 16_000) == 0.0
