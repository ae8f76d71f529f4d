"""What takes the place of lost sound."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.phone.conceal import FADED_S, Concealer
from edge_agent.types import Samples

FRAME_S = 0.02


def tone(seconds: float, rate_hz: int, hz: float) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def through(sound: Samples, rate_hz: int, lost: set[int]) -> Samples:
    concealer, size = Concealer(rate_hz), round(FRAME_S * rate_hz)
    frames = [sound[at : at + size] for at in range(0, len(sound), size)]
    return np.concatenate(
        [concealer.fill(len(each)) if number in lost else concealer.heard(each) for number, each in enumerate(frames)]
    )


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("hz", [90.0, 150.0, 310.0])
def test_a_voice_goes_on_through_a_lost_frame(rate_hz: int, hz: float) -> None:
    sound = tone(0.4, rate_hz, hz)
    heard = through(sound, rate_hz, {9})
    assert len(heard) == len(sound)
    at, size = 9 * round(FRAME_S * rate_hz), round(FRAME_S * rate_hz)
    error = np.abs(heard - sound)
    assert error[at : at + size // 2].max() < 0.1, "of an amplitude of 0.5"
    assert not error[:at].any(), "what came is what is heard"
    assert error[at + size + round(0.005 * rate_hz) :].max() == 0
    assert np.abs(np.diff(heard)).max() < 1.6 * np.abs(np.diff(sound)).max(), "there is no click"


def test_what_stays_away_fades_and_what_comes_again_is_heard() -> None:
    sound = tone(0.6, 8_000, 150.0)
    heard = through(sound, 8_000, set(range(10, 20)))
    gone = heard[1600 + round(FADED_S * 8_000) : 3200]
    assert not gone.any()
    assert np.abs(heard[3200 + 40 :] - sound[3200 + 40 :]).max() == 0


def test_silence_and_nothing_stay_what_they_are() -> None:
    concealer = Concealer(8_000)
    assert not concealer.fill(160).any()
    assert len(concealer.fill(0)) == len(concealer.heard(np.zeros(0, np.float32))) == 0
