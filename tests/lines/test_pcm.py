"""PCM: integers and channels become float32 mono, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.lines.pcm import faded_in, faded_out, to_int16, to_mono_float


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32])
def test_integers_span_minus_one_to_just_under_one(dtype: Any) -> None:
    info = np.iinfo(dtype)
    middle = 128 if dtype == np.uint8 else 0
    low, zero, high = to_mono_float(np.array([info.min, middle, info.max], dtype))
    assert (low, zero) == (-1.0, 0.0)
    assert 0.99 < high <= 1.0


def test_floats_keep_their_values() -> None:
    np.testing.assert_array_equal(to_mono_float(np.array([0.5, -2.0])), np.array([0.5, -2.0], np.float32))


def test_channels_are_averaged() -> None:
    mono = to_mono_float(np.array([[32767, -32767], [16384, 0]], np.int16))
    np.testing.assert_array_equal(mono, np.array([0.0, 0.25], np.float32))


@given(st.lists(st.integers(-32767, 32767), max_size=200))
def test_16_bits_there_and_back_are_off_by_one_step_at_most(values: list[int]) -> None:
    samples = np.array(values, np.int16)
    assert np.abs(to_int16(to_mono_float(samples)).astype(int) - samples).max(initial=0) <= 1


def test_what_is_outside_is_clipped() -> None:
    assert to_int16(np.array([1.5, -1.5, 0.0], np.float32)).tolist() == [32767, -32767, 0]


@pytest.mark.parametrize("array", [np.zeros((2, 2, 2), np.float32), np.zeros(4, np.complex64), np.zeros(4, np.int8)])
def test_other_types_and_shapes_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError):
        to_mono_float(array)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_fade_is_no_longer_than_the_sound(n: int, most: int) -> None:
    ones = np.ones(n, np.float32)
    rising, sinking = faded_in(ones, most), faded_out(ones, most)
    assert len(rising) == n
    assert np.all(rising[most:] == 1)
    assert np.all(np.diff(rising[:most]) > 0)
    assert rising[:1].sum() == (0 if min(n, most) else n > 0)
    np.testing.assert_allclose(sinking, 1 - rising[:most], atol=1e-6)
