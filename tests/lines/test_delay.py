"""Where the loudspeaker's sound is found again in the microphone's, and how it is kept until then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.bench.sound import read_16_khz
from edge_agent.lines.delay import find_echo
from edge_agent.lines.echo_watch import SPARE, EchoWatch
from edge_agent.lines.reference import KEPT, Reference
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples
from tests.rigs.room.room import pink, reverberant
from tests.rigs.room.walls import image_source

SPEECH = Path(__file__).parents[1] / "data" / "speech"


@pytest.fixture(scope="module")
def voice() -> Samples:
    return read_16_khz(SPEECH / "2033-164914-0003.flac")


@pytest.mark.parametrize("delay", [0, 320, 6400, 15_000])
def test_the_delay_is_found_to_the_sample_in_a_room(voice: Samples, delay: int) -> None:
    played = np.concatenate([np.zeros(HEAR_RATE_HZ, np.float32), voice])
    heard = np.concatenate(
        [np.zeros(delay, np.float32), reverberant(played, image_source(1, rt60_s=0.5, distance_m=2))]
    )
    end = 3 * HEAR_RATE_HZ
    near = heard[end - HEAR_RATE_HZ : end] + pink(HEAR_RATE_HZ, -45, 0)
    echo = find_echo(near, played[end - 2 * HEAR_RATE_HZ : end])
    assert echo is not None
    assert abs(echo.delay - delay) <= 2


@pytest.mark.parametrize("seed", range(5))
def test_noise_and_other_voices_are_no_echo(voice: Samples, seed: int) -> None:
    played = voice[: 2 * HEAR_RATE_HZ]
    other = read_16_khz(SPEECH / "2609-156975-0001.flac")[seed * 8000 :][:HEAR_RATE_HZ]
    assert find_echo(other + pink(HEAR_RATE_HZ, -50, seed), played) is None
    assert find_echo(pink(HEAR_RATE_HZ, -30, seed), played) is None


def test_silence_has_no_echo(voice: Samples) -> None:
    nothing = np.zeros(2 * HEAR_RATE_HZ, np.float32)
    assert find_echo(nothing[:HEAR_RATE_HZ], voice[: 2 * HEAR_RATE_HZ]) is None
    assert find_echo(voice[:HEAR_RATE_HZ], nothing) is None


def test_the_reference_gives_back_what_was_put_and_zeros_around_it() -> None:
    reference = Reference()
    sound = np.arange(1, 4 * KEPT + 1, dtype=np.float32)
    random, at = np.random.default_rng(0), 0
    while at < len(sound):
        size = int(random.integers(1, 1000))
        reference.put(sound[at : at + size], HEAR_RATE_HZ)
        at = min(len(sound), at + size)
        start = max(0, at - int(random.integers(1, KEPT)))
        assert np.array_equal(reference.between(start, at), sound[start:at])
    assert reference.end == len(sound)
    assert not reference.between(at, at + 100).any()
    assert np.array_equal(reference.between(at - 50, at + 50), [*sound[-50:], *np.zeros(50)])
    assert not reference.between(0, 100).any(), "no more"


def test_the_reference_counts_at_16_khz_whatever_is_put() -> None:
    reference = Reference()
    for _ in range(100):
        reference.put(np.zeros(480, np.float32), 48_000)
    assert abs(reference.end - HEAR_RATE_HZ) < 100


def watched(voice: Samples, delay: int, drift: float = 0.0) -> tuple[EchoWatch, list[int]]:
    """A watch that has followed a voice, and by how much it said that the echo moved."""
    reference = Reference()
    watch, moves = EchoWatch(reference), list[int]()
    padded = np.concatenate([np.zeros(delay + 200, np.float32), voice])
    heard = np.interp(np.arange(len(voice)) * (1 + drift) + 200, np.arange(len(padded)), padded).astype(np.float32)
    for at in range(0, len(voice) - HEAR_FRAME, HEAR_FRAME):
        reference.put(voice[at : at + HEAR_FRAME], HEAR_RATE_HZ)
        watch.follow(at + HEAR_FRAME)
        if later := watch.look(heard[at : at + HEAR_FRAME], at + HEAR_FRAME):
            moves.append(later)
    return watch, moves


def test_what_the_filters_hear_begins_a_little_before_the_echo(voice: Samples) -> None:
    watch, moves = watched(voice, 3000)
    assert watch.found
    assert len(moves) == 1
    end = len(voice) // HEAR_FRAME * HEAR_FRAME - HEAR_FRAME
    start = end - HEAR_RATE_HZ
    beside = [voice[start - 3000 + SPARE + off :][:512] for off in range(-2, 3)]
    assert any(np.array_equal(watch.beside(start, 512), each) for each in beside)


@pytest.mark.parametrize("drift", [2e-4, -1e-4])
def test_the_drift_of_two_clocks_is_measured(voice: Samples, drift: float) -> None:
    watch, _ = watched(np.concatenate([voice, voice]), 3000, drift)
    assert watch.drift == pytest.approx(-drift, abs=3e-5)


def test_a_microphone_that_does_not_hear_it_is_noticed(voice: Samples) -> None:
    watch, moves = watched(voice, len(voice))
    assert not watch.found
    assert not watch.absent, "a muted microphone tells nothing"
    assert moves == []
