"""The VAD's own gain: a quiet background is raised, a loud one is not, and nothing is carried from one to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_agent.hear import vad
from edge_agent.types import HEAR_FRAME, Samples


class Session:
    """A model that keeps what it was given."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.remembered: list[float] = []
        """For how many frames it remembered."""
        self.found = 0.0

    def run(self, _: None, given: dict[str, Any]) -> tuple[Samples, Samples]:
        self.heard.append(given["input"][0, vad.CONTEXT :])
        self.remembered.append(float(given["state"].max()))
        return np.full((1, 1), self.found, np.float32), given["state"] + 1


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    one = Session()
    monkeypatch.setattr(vad, "open_session", lambda path, threads: one)
    return one


def gains(session: Session, *levels: float) -> list[float]:
    """What each frame of such a level was multiplied by."""
    ears = vad.SileroVad(None)  # type: ignore[arg-type]
    for level in levels:
        ears.probability(np.full(HEAR_FRAME, level, np.float32))
    return [float(heard[0] / level) for heard, level in zip(session.heard, levels, strict=True)]


def test_a_quiet_background_is_raised(session: Session) -> None:
    assert gains(session, 0.0001) == pytest.approx([3.0])


def test_speech_does_not_change_the_gain_and_noise_does(session: Session) -> None:
    assert gains(session, 0.0002, 0.1, 0.2) == pytest.approx([3.0, 3.0, 3.0])
    session.heard.clear()
    assert gains(session, *[0.01] * 3) == pytest.approx([1.0] * 3)


def test_the_background_is_that_of_the_last_seconds(session: Session) -> None:
    found = gains(session, 0.0002, *[0.002] * vad.FLOOR_FRAMES)
    assert found[1] == pytest.approx(3.0)
    assert found[-1] == pytest.approx(vad.QUIET / 0.002, rel=1e-5)


def test_nothing_is_louder_than_full_scale(session: Session) -> None:
    assert gains(session, 0.0001, 0.9)[1] == pytest.approx(1 / 0.9)


def test_long_silence_is_forgotten_and_speech_is_not(session: Session) -> None:
    ears, silence = vad.SileroVad(None), np.zeros(HEAR_FRAME, np.float32)  # type: ignore[arg-type]
    for found, frames in ((0.0, vad.FORGET_FRAMES - 1), (0.2, 1), (0.0, vad.FORGET_FRAMES), (0.9, 200)):
        session.found = found
        for _ in range(frames):
            ears.probability(silence)
    whole = 2 * vad.FORGET_FRAMES
    assert session.remembered == [*range(whole), *range(200)]
