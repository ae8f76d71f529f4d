"""Framing: 512 samples at 16 kHz, whatever the line's rate and block length."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.hear.framing import Framer, Gatherer
from edge_agent.resample import Resampler, resample
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000]


def noise(n: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-1, 1, n).astype(np.float32)


def tone(rate_hz: int, seconds: float = 1.0, hz: float = 440.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def frames_of(samples: Samples, rate_hz: int, sizes: list[int]) -> list[AudioFrame]:
    """Push the sound in blocks of these sizes, over and over."""
    framer, frames, start, turn = Framer(), [], 0, 0
    while start < len(samples):
        block = samples[start : start + sizes[turn % len(sizes)]]
        frames += framer.push(AudioFrame(block, rate_hz, start))
        start += len(block)
        turn += 1
    return frames + framer.flush()


def joined(frames: list[AudioFrame]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(frame.samples for frame in frames)])


@given(
    rate_hz=st.sampled_from(RATES),
    length=st.integers(1, 9000),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 20 * len(sizes)),
    seed=st.integers(0, 5),
)
@settings(max_examples=150, deadline=None)
def test_the_frames_do_not_depend_on_the_chunking(rate_hz: int, length: int, sizes: list[int], seed: int) -> None:
    samples = noise(length, seed)
    whole = frames_of(samples, rate_hz, [length])
    cut = frames_of(samples, rate_hz, sizes)
    np.testing.assert_array_equal(joined(cut), joined(whole))  # bit for bit
    assert [frame.start for frame in cut] == [frame.start for frame in whole]


@pytest.mark.parametrize("rate_hz", RATES)
def test_frames_are_512_samples_at_16_khz_and_follow_each_other(rate_hz: int) -> None:
    frames = frames_of(tone(rate_hz), rate_hz, [rate_hz // 50])
    assert {(len(frame.samples), frame.rate_hz, frame.samples.dtype) for frame in frames} == {
        (HEAR_FRAME, HEAR_RATE_HZ, np.dtype(np.float32))
    }
    assert frames[0].start == 0
    assert all(left.end == right.start for left, right in pairwise(frames))
    assert 0 <= len(joined(frames)) - HEAR_RATE_HZ < HEAR_FRAME  # one second, and the padding of the last frame


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_tone_keeps_its_pitch_level_and_place(rate_hz: int) -> None:
    heard = joined(frames_of(tone(rate_hz), rate_hz, [rate_hz // 100]))
    # Away from the ends, where the filter sees the silence outside.
    np.testing.assert_allclose(heard[200:15800], tone(HEAR_RATE_HZ)[200:15800], atol=0.01)


def test_16_khz_passes_untouched() -> None:
    samples = noise(HEAR_FRAME * 3)
    np.testing.assert_array_equal(joined(frames_of(samples, HEAR_RATE_HZ, [100, 7])), samples)


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000, 96000])
def test_no_more_than_two_and_a_half_milliseconds_are_held_back(rate_hz: int) -> None:
    resampler, block, given_s, got = Resampler(rate_hz, HEAR_RATE_HZ), rate_hz // 100, 0.0, 0
    for turn in range(50):
        got += len(resampler.push(noise(block, turn)))
        given_s += block / rate_hz
        assert 0 <= given_s - got / HEAR_RATE_HZ < 0.0025


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_broken_values_do_not_reach_the_engines(rate_hz: int) -> None:
    samples = noise(rate_hz // 10) * 50
    samples[::7] = np.nan
    samples[1::7] = np.inf
    samples[2::7] = -np.inf
    heard = joined(frames_of(samples, rate_hz, [rate_hz // 50]))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.0


def test_nan_becomes_silence_and_its_neighbours_stay() -> None:
    samples = np.array([0.25, np.nan, -0.5, 3.0, np.inf], np.float32)
    (frame,) = frames_of(samples, HEAR_RATE_HZ, [5])
    np.testing.assert_array_equal(frame.samples[:6], np.array([0.25, 0, -0.5, 1, 0, 0], np.float32))


def test_frames_do_not_share_memory_with_the_line() -> None:
    """A sound card's driver may use its buffer again."""
    samples, framer = noise(HEAR_FRAME), Framer()
    (frame,) = framer.push(AudioFrame(samples, HEAR_RATE_HZ, 0))
    before = frame.samples.copy()
    samples[:] = 0
    np.testing.assert_array_equal(frame.samples, before)


def test_a_line_that_never_spoke_flushes_to_nothing() -> None:
    assert Framer().flush() == []
    framer = Framer()
    assert framer.push(AudioFrame(np.zeros(0, np.float32), 48000, 0)) == []
    assert framer.flush() == []


def test_a_change_of_rate_is_refused() -> None:
    framer = Framer()
    framer.push(AudioFrame(noise(10), 16000, 0))
    with pytest.raises(ValueError, match="from 16000 to 48000 Hz"):
        framer.push(AudioFrame(noise(10), 48000, 10))


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 16000), (16000, 22050), (22050, 48000), (16000, 16000)])
def test_a_whole_sound_keeps_its_length(from_hz: int, to_hz: int) -> None:
    assert len(resample(tone(from_hz), from_hz, to_hz)) == pytest.approx(to_hz, abs=2)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_sounds_can_be_resampled(n: int) -> None:
    assert len(resample(noise(n), 48000, 16000)) <= n


def test_a_rate_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(0, 16000)


def test_after_lost_sound_the_time_is_right_again(caplog: pytest.LogCaptureFixture) -> None:
    framer, block = Framer(), np.zeros(4800, np.float32)
    before = framer.push(AudioFrame(block, 48_000, 0))
    after = framer.push(AudioFrame(block, 48_000, 48_000 + 4800)) + framer.push(
        AudioFrame(block, 48_000, 48_000 + 9600)
    )
    assert after[0].start == before[-1].end + 16_000, "what was left of the first block comes first"
    assert "1.0 s of sound were lost" in caplog.text


def came(samples: Samples, rate_hz: int, block: int, gatherer: Gatherer | None) -> tuple[list[tuple[int, int]], int]:
    """Each frame's start with the number of the block that completed it, and how often the framer was given sound."""
    framer, found, given = Framer(), list[tuple[int, int]](), 0
    for number, start in enumerate(range(0, len(samples), block)):
        frame = AudioFrame(samples[start : start + block], rate_hz, start)
        for each in gatherer.push(frame) if gatherer else [frame]:
            given += 1
            found += [(made.start, number) for made in framer.push(each)]
    return found, given


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("per_second", [100, 50, 31.25, 10])
def test_sound_that_is_gathered_is_heard_as_soon_and_wakes_who_hears_less_often(
    rate_hz: int, per_second: float
) -> None:
    samples, block = noise(4 * rate_hz), round(rate_hz / per_second)
    alone, gathered = came(samples, rate_hz, block, None), came(samples, rate_hz, block, Gatherer())
    assert [start for start, _ in gathered[0]] == [start for start, _ in alone[0]]
    late = {there - here for (_, here), (_, there) in zip(alone[0], gathered[0], strict=True)}
    assert late <= ({0, 1} if rate_hz in (11025, 22050) else {0}), "at odd rates a block later, now and then"
    assert gathered[1] <= 126


def test_what_was_gathered_before_a_gap_is_heard_and_the_loudest_echo_counts() -> None:
    gatherer = Gatherer()
    blocks = [AudioFrame(noise(160, at), 16_000, at, db) for at, db in ((0, -60.0), (160, -20.0), (16_000, -50.0))]
    assert [gatherer.push(each) for each in blocks[:2]] == [[], []]
    (before,) = gatherer.push(blocks[2])
    assert (before.start, before.end, before.echo_db) == (0, 320, -20.0)
    np.testing.assert_array_equal(before.samples, np.concatenate([each.samples for each in blocks[:2]]))
    (behind,) = gatherer.push(AudioFrame(noise(160), 16_000, 16_160))
    assert (behind.start, behind.end) == (16_000, 16_320)
