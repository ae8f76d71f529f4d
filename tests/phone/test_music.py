"""What a caller hears who waits."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.phone.music import LEVEL, music


@pytest.mark.parametrize("rate_hz", [8_000, 22_050])
def test_it_sounds_all_the_time_is_quiet_and_has_no_gap_where_it_begins_again(rate_hz: int) -> None:
    sound = music(rate_hz)
    assert len(sound) / rate_hz == pytest.approx(12.8, abs=0.01)
    assert np.abs(sound).max() == pytest.approx(LEVEL, abs=1e-3)
    pieces = np.abs(sound[: len(sound) // 32 * 32].reshape(32, -1))
    assert pieces.max(axis=1).min() > LEVEL / 20, "no beat is silent"
    assert abs(sound[0]) < 1e-3
    assert abs(sound[-1]) < 1e-3
    assert np.abs(np.diff(sound)).max() < 0.6 * LEVEL, "nothing clicks"


def test_it_is_the_same_each_time() -> None:
    music.cache_clear()
    first = music(8_000)
    music.cache_clear()
    assert np.array_equal(first, music(8_000))
