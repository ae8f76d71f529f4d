"""The bench of voices: its error rates are right, and an utterance is compared with what it is no part of."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.types import HEAR_RATE_HZ, Embedding, Samples
from tests.rigs.bench.figures import figures
from tests.rigs.bench.speakers import Speaker, bench_speakers, equal_error, settings_of
from tests.rigs.bench.wake_sounds import Place


class PitchEncoder:
    """A voice is where its tone lies, in 64 bands."""

    def embed(self, samples: Samples) -> Embedding:
        frames = samples[: len(samples) // 2048 * 2048].reshape(-1, 2048)
        spectrum = np.abs(np.fft.rfft(frames)[:, :1024]).mean(axis=0).reshape(64, 16).max(axis=1)
        return (spectrum / np.linalg.norm(spectrum)).astype(np.float32)


def tone(hz: float, seconds: float) -> Samples:
    return (0.1 * np.sin(2 * np.pi * hz * np.arange(round(seconds * HEAR_RATE_HZ)) / HEAR_RATE_HZ)).astype(np.float32)


def test_the_equal_error_rate_is_where_both_errors_meet() -> None:
    own, others = np.array([0.9, 0.8, 0.7, 0.4]), np.array([0.6, 0.3, 0.2, 0.1])
    assert equal_error(own, others) == (pytest.approx(0.25), pytest.approx(0.6))
    assert equal_error(own, others - 0.4)[0] == 0
    assert equal_error(own[:0], others) == (None, None)


def test_nobody_is_enrolled_with_what_they_are_tried_on() -> None:
    speaker = Speaker("a", (tone(500, 5), tone(700, 6), tone(900, 2)))
    found = speaker.without(0)
    assert found is not None
    assert np.array_equal(found, np.concatenate([tone(700, 6), tone(900, 2)]))
    assert speaker.without(1) is not None
    assert Speaker("a", (tone(500, 5), tone(700, 5))).without(0) is None, "too little"
    assert Speaker("a", (tone(500, 20),)).without(0) is None


def test_voices_are_told_apart_near_in_a_room_and_beside_a_television() -> None:
    speakers = [Speaker(str(hz), (tone(hz, 7), tone(hz, 7))) for hz in (500, 1500)]
    room = np.zeros(4000, np.float32)
    room[[0, 2000]] = 1.0, 0.5
    settings = settings_of([Place("hall, 20 dB", 20.0, room)], [10.0])
    assert [(each.heard.name, each.enrolled.name) for each in settings] == [
        ("near", "near"),
        ("hall", "hall"),
        ("hall", "near"),
        ("television 10 dB below", "near"),
    ]
    result = bench_speakers(speakers, settings[2:], [tone(3000, 5)], PitchEncoder(), lambda line: None)
    assert {row["equal_error"] for row in result["rows"]} == {0.0}
    assert [row["own"] for row in result["rows"][:4]] == [12, 12, 12, 4], "at most three utterances of a clip"
    lines = figures({"kind": "speakers", **result})
    assert lines[0][0] == "hall, enrolled near, 0.5 s"
    assert "0.0 % not known" in lines[0][1]
