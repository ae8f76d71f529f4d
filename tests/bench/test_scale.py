"""`bench scale`: which cases there are, what is made of their results, and the speech they are measured on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.bench.clips import Clip, read_clips
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.bench import utterances
from tests.rigs.bench.scale import Axis, Case, Llm, bench_scale, cases, in_child, on_cores
from tests.rigs.bench.sound import without_pauses

LLMS = [Llm("small-one", None), Llm("own", None), Llm("large", "edge-agent models pull large")]


def result(v2v_s: float | None) -> dict[str, Any]:
    spread = None if v2v_s is None else {"median": v2v_s, "p90": v2v_s, "p95": v2v_s, "max": v2v_s}
    summary = {"measured": 4, "v2v_s": spread, "stage_medians_s": {"ASR": 0.1}, "cut_off": 0, "missed": 0}
    rows = [{"file": f"{i}.wav", "cold": not i, "v2v_s": v2v_s and v2v_s + i} for i in range(3)]
    return {"summary": summary | {"cpu_s_per_turn": 1.0}, "peak_rss_mb": 800, "rows": rows}


def test_every_axis_has_its_cases() -> None:
    found = cases(LLMS, "own")
    assert {case.axis for case in found} == set(Axis)
    assert [case.value for case in found if case.axis is Axis.LENGTH] == ["1 s", "3 s", "10 s", "25 s"]
    assert [case.value for case in found if case.axis is Axis.HISTORY] == ["1 turns", "20 turns", "100 turns"]
    assert cases(LLMS, "own", Axis.LLM) == [case for case in found if case.axis is Axis.LLM]


def test_a_case_of_two_axes_is_measured_once_and_a_missing_model_is_named() -> None:
    asked: list[Case] = []

    def measure(case: Case) -> dict[str, Any]:
        asked.append(case)
        return result(0.5)

    found = cases(LLMS, "own")
    rows = bench_scale(found, measure)["rows"]
    assert len(asked) == len({case.run for case in found if not case.missing}) < len(found) - 1
    missing = next(row for row in rows if row["value"] == "large")
    assert missing["error"] == "large is not installed: edge-agent models pull large"


def test_growth_is_told_against_the_first_of_the_axis() -> None:
    times = iter([0.5, 0.6, 0.75])
    rows = bench_scale(cases([], "own", Axis.HISTORY), lambda case: result(next(times)))["rows"]
    expected = [1, (1.6 / 1.5 + 2.6 / 2.5) / 2, (1.75 / 1.5 + 2.75 / 2.5) / 2]
    assert [row["growth"] for row in rows] == pytest.approx(expected), "utterance by utterance"
    assert rows[0]["ASR_s"] == 0.1


def test_a_case_that_fails_does_not_end_the_others() -> None:
    def measure(case: Case) -> dict[str, Any]:
        if case.value == "1 turns":
            raise subprocess.CalledProcessError(1, "bench", stderr="loading\nError: no memory.\n")
        return result(None if case.value == "20 turns" else 0.5)

    failed, silent, good = bench_scale(cases([], "own", Axis.HISTORY), measure)["rows"]
    assert (failed["error"], failed["growth"]) == ("Error: no memory.", None)
    assert (silent["v2v_median_s"], silent["growth"]) == (None, None)
    assert good["growth"] == 1


def test_a_child_has_the_cores_of_its_case() -> None:
    before = os.sched_getaffinity(0)
    program = [sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"]
    with on_cores(1):
        assert subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip() == "1"
    assert os.sched_getaffinity(0) == before


def test_what_the_child_says_is_kept(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        in_child(Case(Axis.CORES, "1"), tmp_path / "nowhere.jsonl", ["--profile", "tiny"])
    assert "nowhere.jsonl" in failed.value.stderr


def clip(folder: Path, name: str, seconds: float, level: float) -> Clip:
    """Speech from 0.2 s on, with silence around."""
    samples = np.pad(np.full(round(seconds * HEAR_RATE_HZ), level, np.float32), (3200, 3200))
    write_wav(folder / name, samples, HEAR_RATE_HZ)
    return Clip("set", folder / name, 0.2 + seconds, None, "en", speech_start_s=0.2)


@pytest.mark.parametrize(("seconds", "speech_s"), [(1, 1.0), (3, 3.0), (10, 10.0), (0.5, 1.0), (1.4, 1.0)])
def test_utterances_have_the_length_asked_for_and_all_end_alike(
    tmp_path: Path, seconds: float, speech_s: float
) -> None:
    clips = [clip(tmp_path, "long.wav", 2.0, 0.3), clip(tmp_path, "short.wav", 1.0, 0.5)]
    manifest = utterances.write(tmp_path, clips, seconds, count=2)
    made, _ = read_clips([manifest])
    assert len(made) == 2
    for each in made:
        assert each.speech_end_s - each.speech_start_s == pytest.approx(speech_s, abs=0.001)
        samples, rate_hz = read_audio(each.path)
        end = round(each.speech_end_s * rate_hz)
        assert np.allclose(samples[end - rate_hz + 2 : end - 2], 0.5, atol=0.01)
        assert not samples[: round(each.speech_start_s * rate_hz)].any()
        assert np.count_nonzero(samples) == pytest.approx(speech_s * rate_hz, abs=3)


def test_pauses_are_cut_down_and_speech_is_not() -> None:
    """0.5 s of speech, a pause of 1 s, 0.5 s of softer speech."""
    level = np.repeat(np.array([0.5, 0.001, 0.2], np.float32), [8000, 16000, 8000])
    speech = level * np.sin(np.arange(32000, dtype=np.float32))
    made = without_pauses(speech)
    assert len(made) == 16000 + 800
    assert np.array_equal(made[:8000], speech[:8000])
    assert np.array_equal(made[-8000:], speech[-8000:])
    assert len(without_pauses(np.zeros(1600, np.float32))) == 1600, "silence alone is no pause"


def test_without_a_short_clip_there_is_nothing_to_end_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="speech"):
        utterances.write(tmp_path, [clip(tmp_path, "long.wav", 2.0, 0.3)], 3, 1)
