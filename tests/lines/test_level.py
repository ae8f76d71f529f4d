"""Levels in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.lines.level import FLOOR_DBFS, level
from edge_agent.types import Samples


def sine(amplitude: float) -> Samples:
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.float32)


def test_a_sine_has_its_rms_three_decibels_under_its_peak() -> None:
    measured = level(sine(0.1))
    assert measured.peak_dbfs == pytest.approx(-20.0, abs=0.1)
    assert measured.rms_dbfs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(0, np.float32), "silence"),
        (np.zeros(16000, np.float32), "silence"),
        (np.full(16000, 0.2, np.float32), "constant voltage"),
        (sine(0.001), "quiet"),
        (np.clip(sine(2.0), -1, 1), "Too loud"),
        (sine(0.3), "Good"),
        (sine(0.3) + np.float32(0.05), "Good"),
    ],
)
def test_the_verdict_names_what_is_wrong(samples: Samples, words: str) -> None:
    assert words in level(samples).verdict


def test_silence_is_a_number() -> None:
    assert level(np.zeros(10, np.float32)).rms_dbfs == FLOOR_DBFS
