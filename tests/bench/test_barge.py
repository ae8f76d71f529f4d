"""`bench barge`: the user speaks into the answer, in scripted conversations whose times are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.agent.briefs import Briefs
from edge_agent.bench.clips import Clip
from edge_agent.bench.play import Take
from edge_agent.events import Interrupted
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.watch.latency import Latency
from tests.rigs.bench import barge
from tests.rigs.bench.barge import GAPS_S, bench_barge, interruption, judged, last_sound, summary
from tests.rigs.fakes import THRESHOLDS, VOICE_RATE_HZ, Scene


def take(answer_s: float, end_s: float, cut_s: float | None) -> Take:
    """An answer that sounds from `answer_s` to `end_s`, and an event at `cut_s`."""
    sound = np.zeros(round(8 * VOICE_RATE_HZ), np.float32)
    sound[round(answer_s * VOICE_RATE_HZ) : round(end_s * VOICE_RATE_HZ)] = 0.5
    events = [] if cut_s is None else [Interrupted(1, cut_s, "some words", cut_s - answer_s)]
    return Take(events, Latency(), sound, VOICE_RATE_HZ, 0.1)


def test_from_onset_to_silence() -> None:
    row = judged(take(1.0, 3.25, 3.2), onset_s=3.0)
    assert (row["stop_s"], row["decision_s"]) == (pytest.approx(0.25, abs=0.001), pytest.approx(0.2))
    assert not any(row[name] for name in ("missed", "early", "unanswered", "pausing"))


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (take(1.0, 6.0, None), "missed"),
        (take(1.0, 2.5, 2.5), "early"),
        (take(3.5, 6.0, None), "unanswered"),
        (take(1.0, 2.9, 3.2), "pausing"),
    ],
)
def test_what_has_no_figure_has_a_name(made: Take, named: str) -> None:
    row = judged(made, onset_s=3.0)
    assert row["stop_s"] is None
    assert [name for name in ("missed", "early", "unanswered", "pausing") if row[name]] == [named]
    assert summary([row])[named] == 1
    assert summary([row])["stop_s"] is None
    assert barge.outcome(row) == named


def test_the_next_answer_is_not_the_old_one() -> None:
    made = take(1.0, 3.25, 3.2)
    made.sound[round(4 * VOICE_RATE_HZ) :] = 0.5
    assert judged(made, onset_s=3.0)["stop_s"] == pytest.approx(0.25, abs=0.001)
    assert last_sound(np.zeros(100, np.float32), 100, before_s=1.0) == 0


def test_the_speech_begins_where_it_is_said_to(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.full(16_000, 0.2, np.float32), HEAR_RATE_HZ)
    clip = Clip("set", tmp_path / "a.wav", 0.9, None, "en", speech_start_s=0.3)
    question = np.zeros(32_000, np.float32)
    sound, onset_s = interruption(question, 1.5, clip, gap_s=2.5)
    assert onset_s == pytest.approx(1.5 + 2.5 + 0.3)
    assert np.flatnonzero(sound)[0] == 4 * 16_000
    _, late_s = interruption(np.zeros(80_000, np.float32), 1.5, clip, gap_s=2.5)
    assert late_s == pytest.approx(5.3), "a long tail of the question is not cut"


def test_in_real_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene().user(0.1, 0.6, "hello").reply(barge.STORY, "There was a fisherman once. " * 20)
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    monkeypatch.setattr(barge, "GAPS_S", (1.0,))
    monkeypatch.setattr(barge, "PATIENCE_S", 0.5)
    clip = Clip("set", tmp_path / "a.wav", 0.6, None, "en", speech_start_s=0.1)
    result = bench_barge([clip], scene.engines(), lambda: Briefs(""))
    assert result["summary"]["measured"] == 1
    assert THRESHOLDS.barge_in_s <= result["rows"][0]["decision_s"] < 1.5
    assert THRESHOLDS.barge_in_s - 0.05 <= result["rows"][0]["stop_s"] < result["rows"][0]["decision_s"]
    assert len(GAPS_S) > 1
