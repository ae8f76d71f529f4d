"""The endpoint bench: what it hears in a recording, and what it says about policies whose cuts are known."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge_agent import build
from edge_agent.bench.clips import Clip
from edge_agent.errors import InputError
from edge_agent.hear.ears import Ears
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.finality import Signs, probability
from edge_agent.hear.framing import FRAME_S
from edge_agent.lines.audio_file import write_wav
from edge_agent.store import Model
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Finished
from tests.rigs.bench.__main__ import app as rigs
from tests.rigs.bench.curve import curve
from tests.rigs.bench.endpoint import Combined, Stock, Timer, cut_off_at, frontier, judge
from tests.rigs.bench.pauses import Pause, Replay, read_replays, replay, replay_all
from tests.rigs.bench.sweep import bench_endpoint
from tests.rigs.fakes import FIRST_LEVEL, THRESHOLDS, LevelAsr, LevelVad, Scene, ScriptedEndpoint

HOLD = HoldPolicy(short_s=0.3, long_s=1.0, max_s=1.2, sure=0.9, doubt=0.4)


def pause(start_s: float, length_s: float | None, *scores: float, text: str = "Yes.") -> Pause:
    """The scores are those after 2, 4, 6, ... frames of silence."""
    return Pause(start_s, length_s, start_s, text, tuple(((2 + 2 * i) * FRAME_S, p) for i, p in enumerate(scores)))


def turn(*pauses: Pause, end_s: float = 3.0, incomplete: bool = False) -> Replay:
    return Replay("set", "a.wav", "somebody", end_s, incomplete, pauses)


def by_sound(signs: Signs) -> float:
    return signs.scores[-1]


def ours(hold: HoldPolicy = HOLD, rescore_s: float = 2 * FRAME_S) -> Combined:
    return Combined(hold, by_sound, soft_end_s=2 * FRAME_S, rescore_s=rescore_s)


def test_a_timer_cuts_every_longer_pause_and_waits_its_time() -> None:
    turns = [turn(pause(1.0, 0.4, 0.5), pause(3.0, None, 0.5)), turn(pause(3.0, None, 0.5))]
    found = judge(turns, Timer(0.32))
    assert (found["cut_off"], found["spans"], found["spans_cut"]) == (1, 1, 1)
    assert found["cut_off_rate"] == 0.5
    assert found["mean_s"] == pytest.approx(0.32)
    assert judge(turns, Timer(0.42))["cut_off"] == 0


def test_stock_smart_turn_is_asked_once_and_waits_for_three_seconds_where_it_says_no() -> None:
    assert Stock().commit_s(turn(pause(3.0, None, 0, 0, 0.9)), 0) == pytest.approx(7 * FRAME_S)
    assert Stock().commit_s(turn(pause(3.0, None, 0, 0, 0.1, 0.9)), 0) == pytest.approx(3.0, abs=FRAME_S)


def test_ours_asks_again_while_it_is_not_sure() -> None:
    sure_late = turn(pause(3.0, None, 0.1, 0.1, 0.1, 0.1, 1.0))
    assert ours().commit_s(sure_late, 0) == pytest.approx(0.32, abs=1e-6)
    assert ours(rescore_s=1.0).commit_s(sure_late, 0) == pytest.approx(1.0, abs=FRAME_S)
    never = turn(pause(3.0, None, 0.1))
    assert ours(replace(HOLD, max_s=0.8)).commit_s(never, 0) == pytest.approx(0.8, abs=FRAME_S)


@pytest.mark.parametrize("scores", [(0.2, 0.5, 0.7, 0.7, 0.95), (0.99,), (0.01,)])
def test_ours_agrees_with_the_ears_on_when_a_turn_ends(scores: tuple[float, ...]) -> None:
    hold = HoldPolicy(short_s=0.3, long_s=1.0, max_s=1.2, sure=0.65, doubt=0.2)
    thresholds = replace(THRESHOLDS, soft_end_s=2 * FRAME_S, rescore_s=2 * FRAME_S)
    ears = Ears(LevelVad(), ScriptedEndpoint(scores), LevelAsr(["hello"]), thresholds, hold)
    found = []
    for i in range(100):
        level = np.full(HEAR_FRAME, FIRST_LEVEL * (i < 20), np.float32)
        hearings = ears.hear(AudioFrame(level, HEAR_RATE_HZ, i * HEAR_FRAME))
        found += [(i + 1) * FRAME_S - each.end_s for each in hearings if isinstance(each, Finished)]
    told = turn(pause(3.0, None, *scores, text="hello"))
    assert [Combined(hold, probability, 2 * FRAME_S, 2 * FRAME_S).commit_s(told, 0)] == pytest.approx(found)


def test_words_and_earlier_pauses_reach_the_probability() -> None:
    seen: list[Signs] = []

    def keep(signs: Signs) -> float:
        seen.append(signs)
        return 1.0

    Combined(HOLD, keep, 2 * FRAME_S, 0.1).commit_s(turn(pause(1.0, 0.5), pause(3.0, None, 0.7, text="I and")), 1)
    assert seen == [Signs((0.7,), "I and", (0.5,))]


def test_speech_that_only_the_vad_finds_after_the_end_makes_people_wait_but_cuts_nobody() -> None:
    noise = turn(pause(3.0, 0.2, 1.0), pause(3.5, None, 1.0))
    found = judge([noise], Timer(0.32))
    assert (found["cut_off"], found["spans"]) == (0, 0)
    assert found["mean_s"] == pytest.approx(0.5 + 0.32)


def test_a_turn_left_open_is_counted_apart() -> None:
    left_open = turn(pause(3.0, None, 1.0), incomplete=True)
    found = judge([left_open, turn(pause(3.0, None, 1.0))], Timer(0.32))
    assert (found["turns"], found["incomplete"], found["incomplete_taken"]) == (1, 1, 1)
    assert judge([left_open], Timer(1.2))["incomplete_taken"] == 0


def test_the_frontier_leaves_out_what_another_point_beats() -> None:
    made = [{"mean_s": m, "cut_off_rate": r} for m, r in ((0.2, 0.5), (0.3, 0.6), (0.4, 0.1), (0.6, 0.1))]
    kept = frontier(made)
    assert [point["mean_s"] for point in kept] == [0.2, 0.4]
    assert cut_off_at(kept, 0.3) == pytest.approx(0.3)
    assert cut_off_at(kept, 0.1) is None


def test_a_recording_is_heard_as_the_ears_would(tmp_path: Path) -> None:
    scene = Scene().user(0.32, 0.96, "hello").user(1.28, 1.92, "there")
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    clip = Clip("set", tmp_path / "a.wav", 1.92, "hello ... there ...", "en", "somebody")
    lines: list[str] = []
    asr, endpoint = LevelAsr(["hello", "there"]), ScriptedEndpoint((0.3, 0.4))
    (found,) = replay_all([clip], LevelVad(), endpoint, asr, THRESHOLDS, progress=lines.append)
    first, last = found.pauses
    assert (first.start_s, first.length_s) == (pytest.approx(0.96), pytest.approx(0.32))
    assert (last.start_s, last.length_s) == (pytest.approx(1.92), None)
    assert (first.text, last.text) == ("hello", "hello there")
    assert first.voiced_s == pytest.approx(0.64)
    assert first.scores[0] == (pytest.approx(4 * FRAME_S), 0.3), "first asked at the soft end"
    assert (found.is_inside(first), found.is_inside(last), found.incomplete) == (True, False, True)
    assert lines == ["1/1 set/a.wav: 1 pauses"]
    assert Replay.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_recording_without_speech_has_no_pause(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8000, np.float32), HEAR_RATE_HZ)
    clip = Clip("set", tmp_path / "a.wav", 0.5, None, "en", "somebody")
    assert replay(clip, LevelVad(), ScriptedEndpoint(), LevelAsr([]), THRESHOLDS).pauses == ()


def test_everything_together_and_drawn() -> None:
    turns = [turn(pause(1.0, 0.4, 0.2), pause(3.0, None, 0.95)) for _ in range(4)] + [turn(pause(3.0, None, 0.3))]
    result = bench_endpoint(turns, {"in force": HOLD}, by_sound, soft_end_s=0.064, rescore_s=0.1)
    assert set(result) == {"points", "curves", "against", "sets", "rows"}
    assert result["points"]["in force"]["cut_off"] == 0
    assert result["points"]["stock Smart Turn"]["median_s"] == pytest.approx(7 * FRAME_S)
    assert [Replay.from_json(row) for row in json.loads(json.dumps(result))["rows"]] == turns
    drawing = ET.fromstring(curve(result["curves"], result["points"]))
    assert len(drawing.findall("polyline")) == len(result["curves"])
    numbers = [float(n) for line in drawing.findall("polyline") for n in re.findall(r"[\d.]+", line.attrib["points"])]
    assert min(numbers) >= 0
    assert max(numbers) <= 860


def test_the_command_hears_manifests_and_judges_earlier_results_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene().user(0.32, 0.96, "hello")
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text(json.dumps({"file": "a.wav", "speech_end_s": 0.96, "speaker": "somebody"}))
    engines = LevelVad(), ScriptedEndpoint((1.0,)), LevelAsr(["hello"])
    model = Model("a-model", "vad", "silero", tmp_path, {}, None, "MIT", {}, 1)
    monkeypatch.setattr(build, "choose_one", lambda settings, role: replace(model, role=role))
    monkeypatch.setattr(build, "hearing", lambda *chosen: engines)
    out = tmp_path / "results"
    run = CliRunner().invoke(rigs, ["endpoint", str(manifest), "--json", "--output", str(out)])
    assert run.exception is None
    assert "1/1" in run.stderr
    result = json.loads(run.stdout)
    assert result["points"]["in force"] == result["points"]["medium"]
    assert result["points"]["medium"]["turns"] == 1
    assert "<svg" in (out / "endpoint.html").read_text("utf-8")
    monkeypatch.setattr(build, "hearing", lambda *chosen: pytest.fail("the engines are not needed"))
    again = CliRunner().invoke(rigs, ["endpoint", str(out / "endpoint.json")])
    assert "medium" in again.stdout
    assert "0 of 1 turns cut off" in again.stdout


def test_clips_without_an_end_are_refused() -> None:
    with pytest.raises(InputError, match="no speech"):
        bench_endpoint([turn()], {"in force": HOLD}, by_sound, soft_end_s=0.064, rescore_s=0.1)


def test_what_was_written_is_read_back_and_another_file_is_refused(tmp_path: Path) -> None:
    turns = [turn(pause(3.0, None, 0.5))]
    (tmp_path / "endpoint.json").write_text(json.dumps({"rows": [each.to_json() for each in turns]}))
    assert read_replays([tmp_path / "endpoint.json"]) == turns
    (tmp_path / "other.json").write_text('{"rows": [{"v2v_s": 1}]}')
    with pytest.raises(InputError, match="holds no result"):
        read_replays([tmp_path / "other.json"])
