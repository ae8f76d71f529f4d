"""Enrolled: what is kept of a voice, and what is no voice."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import InputError, StateError
from edge_agent.hear.enrolled import FILE, Enrolled, KnownVoice
from edge_agent.hear.enrolling import LEAST_S, Utterances, enroll, halves
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Embedding, Samples
from tests.rigs.fakes import FIRST_LEVEL, LevelVad
from tests.rigs.fakes.voices import LevelEncoder, spoken

TODAY = date(2026, 11, 30)


def voice(name: str, *numbers: float) -> KnownVoice:
    return KnownVoice(name, np.array(numbers, np.float32), 12.0, TODAY)


def test_voices_are_kept_by_name_for_the_owner_alone(tmp_path: Path) -> None:
    kept = Enrolled(tmp_path / "state")
    assert kept.voices() == ()
    for name in ("Ben", "anna", "ben"):
        kept.add(voice(name, 0.6, 0.8))
    again = Enrolled(tmp_path / "state").voices()
    assert [each.name for each in again] == ["anna", "ben"], "whoever enrolls again is replaced"
    assert again[0].embedding == pytest.approx([0.6, 0.8])
    assert (again[0].since, again[0].seconds) == (TODAY, 12.0)
    assert stat.S_IMODE((tmp_path / "state" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_whoever_is_enrolled_while_it_runs_is_known(tmp_path: Path) -> None:
    running, command = Enrolled(tmp_path), Enrolled(tmp_path)
    command.add(voice("anna", 1.0))
    assert [each.name for each in running.voices()] == ["anna"]
    assert running.voices() is running.voices(), "not read again"
    assert command.remove("ANNA")
    os.utime(tmp_path / FILE, ns=(1, 1))
    assert running.voices() == ()
    assert not command.remove("anna")


@pytest.mark.parametrize("broken", ["", "{}", '{"version": 2, "voices": []}', '{"version": 1, "voices": [{}]}', "[]"])
def test_a_broken_file_is_named_and_not_overwritten(tmp_path: Path, broken: str) -> None:
    (tmp_path / FILE).write_text(broken)
    kept = Enrolled(tmp_path)
    for act in (kept.voices, lambda: kept.add(voice("anna", 1.0))):
        with pytest.raises(StateError, match="is damaged"):
            act()
    assert (tmp_path / FILE).read_text() == broken


def test_a_voice_is_made_of_ten_seconds_of_one_person() -> None:
    found = enroll("anna", spoken(0, 11.0), LevelEncoder(), TODAY)
    assert (found.name, found.seconds, found.since) == ("anna", 11.0, TODAY)
    assert found.embedding @ LevelEncoder().embed(spoken(0, 1.0)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (spoken(0, 0.0), "No speech"),
        (spoken(0, LEAST_S - 0.1), "Only 9.9 s of speech were heard, and 10 are needed"),
        (np.concatenate([spoken(0, 7.5), spoken(1, 5.0)]), "Two voices"),
    ],
)
def test_what_makes_no_voice_is_told_why(sound: Samples, why: str) -> None:
    with pytest.raises(InputError, match=why):
        enroll("anna", sound, LevelEncoder(), TODAY)


def test_halves_of_one_voice_are_more_alike_than_of_two() -> None:
    dice = np.random.default_rng(3)

    def pieces(center: float) -> Embedding:
        found = dice.normal(0, 0.05, (4, 16)) + np.eye(16)[0] + center * np.eye(16)[1]
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    assert halves(pieces(0)) > 0.9 > 0.6 > halves(np.concatenate([pieces(0), pieces(1.5)]))
    assert halves(np.ones((4, 1), np.float32)) == 1.0, "nothing to sort"


def test_utterances_end_with_a_pause_and_have_no_silence() -> None:
    cut, found = Utterances(LevelVad(), 0.5), []
    script = [0, 0, *[1] * 10, 0, 0, *[1] * 5, *[0] * 30, *[1] * 4]
    for at, loud in enumerate(script):
        samples = np.full(HEAR_FRAME, FIRST_LEVEL * loud, np.float32)
        utterance = cut.push(AudioFrame(samples, HEAR_RATE_HZ, at * HEAR_FRAME))
        found += [] if utterance is None else [(at, len(utterance) // HEAR_FRAME)]
    assert found == [(34, 15)]
    assert cut.seconds == pytest.approx(4 * HEAR_FRAME / HEAR_RATE_HZ)
    rest = cut.flush()
    assert rest is not None
    assert len(rest) == 4 * HEAR_FRAME
    assert cut.flush() is None
