"""The stack's sound in our terms."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.phone.media import figures, interleaved, mono, room


@pytest.mark.parametrize("channels", [1, 2])
def test_sound_comes_back_as_it_went(channels: int) -> None:
    samples = np.linspace(-1, 1, 321, dtype=np.float32)
    pcm = interleaved(samples, channels)
    assert len(pcm) == 2 * channels * 321
    assert np.abs(mono(pcm, channels) - samples).max() < 1e-4


@pytest.mark.parametrize(("ahead_s", "frames"), [(0.0, 3), (0.001, 2), (0.02, 2), (0.04, 1), (0.06, 0), (2.0, 0)])
def test_three_frames_are_given_ahead(ahead_s: float, frames: int) -> None:
    assert room(ahead_s) == frames


def test_a_stack_that_tells_nothing_has_no_figures() -> None:
    assert figures(None) == {}
