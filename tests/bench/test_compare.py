"""`bench compare`: two results beside each other, and what makes them incomparable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.bench.compare import as_text, compare, read
from edge_agent.cli import app
from edge_agent.errors import InputError


def row(file: str, v2v_s: float | None, cold: bool = False) -> dict[str, Any]:
    return {"set": "a", "file": file, "v2v_s": v2v_s, "cold": cold}


def turns(*v2v_s: float, cpu: str = "one", **changes: Any) -> dict[str, Any]:
    rows = [row("cold.wav", 2.0, cold=True), *(row(f"{i}.wav", s) for i, s in enumerate(v2v_s)), row("none.wav", None)]
    summary = {
        "v2v_s": {"median": v2v_s[0], "p90": 1.0, "p95": 1.0, "max": 1.0}, "v2v_content_s": None, "missed": 0,
        "cut_off_rate": 0.1, "wer": None, "drafts_per_turn": 1.0, "thrown_away_per_turn": 0.0, "cpu_s_per_turn": 1.5,
        "stage_medians_s": {"ASR": 0.2},
    }  # fmt: skip
    machine = {"cpu": cpu, "cores": 2, "memory_mb": 1000}
    models = {"llm": {"name": "a", "sha256": {"a": "1"}}}
    return {
        "schema": 1, "kind": "turns", "machine": machine, "models": models, "settings": {"turns": {"sure": 0.9}},
        "peak_rss_mb": 900, "cold": rows[0], "summary": summary, "rows": rows, **changes,
    }  # fmt: skip


def of(made: dict[str, Any], figure: str) -> dict[str, Any]:
    return next(row for row in made["rows"] if row["figure"] == figure)


def test_a_figure_is_told_with_its_ratio() -> None:
    made = compare(turns(0.8, 0.9), turns(0.4, 0.5))
    assert of(made, "V2V median") == {"figure": "V2V median", "old": 0.8, "new": 0.4, "ratio": 0.5}
    assert of(made, "ASR")["ratio"] == 1
    assert of(made, "WER") == {"figure": "WER", "old": None, "new": None, "ratio": None}
    assert of(made, "missed")["ratio"] is None, "nothing can be divided by zero"
    assert made["warnings"] == []
    json.dumps(made)


def test_the_same_clip_is_compared_with_itself_whatever_the_order() -> None:
    old, new = turns(0.8, 0.9, 1.0), turns(0.7, 0.8, 1.1)
    new["rows"].reverse()
    paired = compare(old, new)["paired"]
    assert (paired["clips"], paired["faster"]) == (3, 2)
    assert paired["median_s"] == pytest.approx(-0.1)
    low, high = paired["interval_s"]
    assert low == pytest.approx(-0.1)
    assert high == pytest.approx(0.1)
    assert compare(old, new)["paired"] == paired, "the interval is seeded"


def test_takes_of_a_clip_count_once() -> None:
    old, new = turns(0.8), turns(0.6)
    old["rows"] += [row("0.wav", 0.9), row("0.wav", 1.9)]
    assert compare(old, new)["paired"] == {
        "clips": 1, "median_s": pytest.approx(-0.3), "interval_s": pytest.approx([-0.3, -0.3]), "faster": 1,
    }  # fmt: skip


def test_no_clip_in_both_has_no_pairs() -> None:
    made = compare(turns(0.8), turns(0.8, rows=[row("other.wav", 0.8)]))
    assert made["paired"] is None
    assert made["warnings"] == ["The clips differ: 0 are in both, of 3 and 1; only pairs are fair."]


def test_what_else_differs_is_said() -> None:
    other = turns(
        0.8, cpu="two", settings={"turns": {"sure": 0.8}}, models={"llm": {"name": "b", "sha256": {"b": "2"}}}
    )
    text = as_text(turns(0.8), other)
    assert "The machines differ: cpu one and two." in text
    assert "The models for llm differ: a and b." in text
    assert "The settings differ: turns.sure 0.9 and 0.8." in text


@pytest.mark.parametrize(("key", "value"), [("kind", "llm"), ("schema", 2)])
def test_what_cannot_be_compared_is_refused_in_a_sentence(key: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        compare(turns(0.8), turns(0.8, **{key: value}))


def test_a_kind_without_headline_figures_is_refused() -> None:
    with pytest.raises(InputError, match="turns, asr, llm, tools, tts"):
        compare(turns(0.8, kind="scale"), turns(0.8, kind="scale"))


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"kind": "turns"}'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"a\.json"):
        read(path)


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, result in zip(paths, (turns(0.8), turns(0.4)), strict=True):
        path.write_text(json.dumps(result))
    words = ["bench", "compare", *map(str, paths)]
    table = CliRunner().invoke(app, words)
    assert table.exception is None
    assert " ".join(table.stdout.splitlines()[1].split()) == "V2V median 800 ms 400 ms 0.50"
    assert json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)["kind"] == "turns"
