"""The report: whole, offline, and with what a figure needs beside it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from edge_agent.bench import figures, report
from edge_agent.bench.machine import machine
from edge_agent.errors import InputError
from tests.rigs.bench import figures as rigs

RIGS = ("barge", "false-turns", "scale")
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Checked(HTMLParser):
    """Fails on a tag that is not closed, and keeps every name and attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def turn(name: str, **changes: Any) -> dict[str, Any]:
    stages = [("VAD", 0.0, 0.1), ("ASR", 0.1, 0.2), ("hold", 0.1, 0.3), ("LLM", 0.3, 0.2), ("TTS", 0.5, 0.1)]
    return {
        "set": "set", "file": name, "language": "en", "transcript": "<b>how</b> & why", "heard": ["how & why"],
        "speech_end_s": 1.0, "first_sound_s": 1.6, "v2v_s": 0.6, "cut_off": False, "cut_off_audibly": False,
        "missed": False, "error": None, "drafts": 2, "thrown_away": 1, "cpu_s": 0.8, "stall_s": 0.04, "cold": False,
        "stages": [{"name": n, "start_s": s, "seconds": d} for n, s, d in stages],
        **changes,
    }  # fmt: skip


def result(kind: str, **fields: Any) -> dict[str, Any]:
    models = {"llm": {"name": "a-model", "licence": "MIT", "sha256": {"a.gguf": "ab" * 32}}}
    where = {"machine": machine(), "models": models, "peak_rss_mb": 900}
    return {"schema": report.SCHEMA, "kind": kind, **where, **fields}


DROPPED = {
    "stages": [{"name": n, "start_s": s, "seconds": d} for n, s, d in [("ASR", -0.8, 0.2), ("LLM", -0.6, 0.1)]],
    "soft_end_s": -0.8,
    "resumed_s": -0.4,
}
"""A draft of 0.8 s before the end of speech that was thrown away 0.4 s later."""


def turns() -> dict[str, Any]:
    rows = [
        turn("cold.wav", cold=True, v2v_s=1.9),
        turn("warm.wav", commit_s=0.4, dropped=[DROPPED, DROPPED | {"soft_end_s": -9.0}], floors={"LLM": 0.05}),
        turn("early.wav", cut_off=True, v2v_s=None, stages=[]),
        turn("missed.wav", missed=True, v2v_s=None, first_sound_s=None, heard=[], error="<failed>", stages=[]),
    ]
    summary = {
        "turns": 4, "measured": 1, "v2v_s": {"median": 0.6, "p90": 0.6, "p95": 0.6, "max": 0.6}, "cut_off": 1,
        "cut_off_rate": 0.25, "cut_off_audibly": 0, "missed": 1, "drafts_per_turn": 2.0,
        "wer": {"rate": 0.125, "errors": 1, "words": 8, "turns": 4}, "thrown_away_per_turn": 1.0,
        "cpu_s_per_turn": 0.8, "longest_stall_s": 0.04, "stage_medians_s": {"VAD": 0.1, "ASR": 0.2},
        "v2v_content_s": {"median": 0.7}, "floors": {"LLM": {"floor_s": 0.05, "of_achieved": 0.25}},
    }  # fmt: skip
    return result(
        "turns", peaks={"read_bytes_per_s": 3e10, "flop_per_s": 1e11}, history=20,
        part="all", repeat=1, passed_over=0, load_s=3.2, cold=rows[0], summary=summary,
        sets={"set": summary, "other": summary}, rows=rows,
    )  # fmt: skip


def llm() -> dict[str, Any]:
    row = {"cold": True, "question": "Why?", "prompt_tokens": 90, "answer_tokens": 5, "ttft_s": 0.9}
    rates = {"decode_tokens_per_s": 20.0, "prefill_tokens_per_s": None}
    summary = {"runs": 1, "ttft_s": 0.2, **rates}
    return result("llm", load_s=1.0, cold=row, summary=summary, rows=[row | rates, row | {"cold": False}])


def tts() -> dict[str, Any]:
    row = {"name": "fragment", "text": "It is", "render_s": 0.1, "sound_s": 1.0, "rtf": 0.1}
    summary = {"runs": 1, "first_fragment_s": 0.1, "rtf": 0.1}
    trip = {"wer": 0.05, "errors": 1, "words": 20, "heard": [{"said": "It is", "heard": "It is"}]}
    own = {"cold": row, "summary": summary, "rows": [row], "memory_mb": 90, "load_s": 1.0, "round_trip": trip}
    return result("tts", **own, voice="a-voice", beside=[own | {"voice": "another-voice"}])


def asr() -> dict[str, Any]:
    figures = {"wer": 0.05, "errors": 1, "words": 20, "median_s": 0.2, "p90_s": 0.3}
    summary = {"clips": 2, "rejected": 0, "retried": 1, "short": figures, "stock": figures, "ratio": 1.0}
    row = {"set": "set", "file": "a.wav", "text": "hi", "rejected": None, "short_s": 0.2}
    return result("asr", model="a-model", sets={"set": summary}, pooled=summary, rows=[row])


def barge() -> dict[str, Any]:
    spread = {"median": 0.2, "p90": 0.3, "p95": 0.3, "max": 0.3}
    counts = {"clips": 2, "measured": 1, "missed": 1, "early": 0, "unanswered": 0, "pausing": 0}
    row = {"set": "set", "file": "a.wav", "stop_s": 0.2, "missed": False}
    return result(
        "barge", question="a.wav", summary={"stop_s": spread, "decision_s": None, "v2v_s": None, **counts}, rows=[row]
    )


def false_turns() -> dict[str, Any]:
    summary = {"clips": 1, "seconds": 60.0, "onsets": 2, "answers": 1, "answers_per_60_s": 1.0, "worst": 1}
    row = {"set": "noise", "file": "a.wav", "seconds": 60.0, "onsets": 2, "answers": 1, "heard": "<you>"}
    return result("false-turns", summary=summary, sets={"noise": summary}, rows=[row])


def scale() -> dict[str, Any]:
    v2v = {"v2v_median_s": 0.5, "v2v_p90_s": 0.6, "v2v_max_s": 0.7}
    row = {"axis": "history", "value": "1 turns", "n": 4, **v2v, "ASR_s": 0.1, "cpu_s": None, "peak_rss_mb": 900}
    missing = {"axis": "llm", "value": "large", "error": "large is not installed", "growth": None}
    return result("scale", rows=[row | {"growth": 1.0}, missing])


MADE = [turns(), llm(), tts(), asr(), barge(), false_turns(), scale()]
ALL = pytest.mark.parametrize("made", MADE, ids=lambda made: made["kind"])


def as_text(made: dict[str, Any]) -> str:
    return report.as_text(made, told(made))


def as_html(made: dict[str, Any]) -> str:
    return report.as_html(made, told(made))


def told(made: dict[str, Any]) -> figures.Figures:
    return rigs.figures(made) if made["kind"] in RIGS else figures.figures(made)


@ALL
def test_the_page_is_well_formed_and_asks_nobody_for_anything(made: dict[str, Any]) -> None:
    page = as_html(made)
    checked = Checked(page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    assert not checked.tags & {"script", "link", "img", "iframe", "object"}
    assert not checked.attributes & {"src", "href", "srcset", "onload"}
    assert "prefers-color-scheme: dark" in page


@ALL
def test_every_kind_says_what_it_was_measured_on(made: dict[str, Any]) -> None:
    for written in (as_text(made), as_html(made)):
        assert "a-model" in written
        assert f"{made['machine']['cores']} cores" in written
        assert made["machine"]["date"] in written
    assert "ab" * 32 in as_html(made)


def test_each_turn_that_was_measured_is_drawn_on_one_axis() -> None:
    page = as_html(turns())
    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert len(drawings) == 2
    cold, warm = drawings
    assert cold.attrib["viewBox"].split()[:3] == warm.attrib["viewBox"].split()[:3], "they share a width"
    assert len([bar for bar in warm.findall("rect") if "dropped" not in bar.attrib["class"]]) == 5
    right = float(warm.attrib["viewBox"].split()[2])
    for bar in [*cold.findall("rect"), *warm.findall("rect")]:
        assert 0 <= float(bar.attrib["x"]) <= float(bar.attrib["x"]) + float(bar.attrib["width"]) <= right
    marks = [float(line.attrib["x1"]) for d in drawings for line in d.findall("line") if line.get("class") == "v2v"]
    ends = [float(line.attrib["x1"]) for d in drawings for line in d.findall("line") if line.get("class") == "end"]
    assert (marks[0] - ends[0]) / (marks[1] - ends[1]) == pytest.approx(1.9 / 0.6, rel=0.01)


def test_what_was_thrown_away_and_where_the_hold_ended_is_drawn() -> None:
    warm = ET.fromstring(re.findall(r"<svg.*?</svg>", as_html(turns()), re.DOTALL)[1])
    dropped = [bar for bar in warm.findall("rect") if "dropped" in bar.attrib["class"]]
    assert [bar.attrib["class"] for bar in dropped] == ["ASR dropped", "LLM dropped"], "the one long before is not"
    (cross,) = [text for text in warm.findall("text") if text.get("class") == "cross"]
    (end,), (commit,) = (
        [float(line.attrib["x1"]) for line in warm.findall("line") if line.get("class") == name]
        for name in ("end", "commit")
    )
    scale = (commit - end) / 0.4
    assert float(cross.attrib["x"]) == pytest.approx(end - 0.4 * scale, abs=0.2)
    assert float(dropped[0].attrib["x"]) == pytest.approx(end - 0.8 * scale, abs=0.2)
    assert "Thrown away: what was begun at -800 ms, -9000 ms" in as_html(turns())


def test_the_row_holds_latency_cut_offs_and_word_errors_together() -> None:
    text = as_text(turns())
    for figure in (
        "median 600 ms",
        "1 of 4 (25.0 %)",
        "WER",
        "12.5 % of 8 words",
        "1900 ms",
        "cold turn",
        "V2V-content",
        "LLM 0.25 (floor 50 ms)",
        "reads 30 GB/s",
        "20 turns before the first clip",
    ):
        assert figure in text


def test_the_page_says_what_became_of_each_turn_in_words_that_are_escaped() -> None:
    page = as_html(turns())
    for words in (
        "early.wav: cut off",
        "missed.wav: missed",
        "1 thrown away",
        "&lt;failed&gt;",
        "&lt;b&gt;how",
    ):
        assert words in page
    assert page.index("The cold turn") < page.index("cold.wav") < page.index("Warm turns") < page.index("warm.wav")


def test_both_files_are_written_and_the_json_is_the_result(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "results"
    report.prepare(folder)
    made = turns()
    assert report.write(folder, made, told(made)) == folder / "turns.html"
    assert json.loads((folder / "turns.json").read_text("utf-8")) == made
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {"results": 0o700, "turns.html": 0o600, "turns.json": 0o600}, "they hold what was heard"


def test_a_folder_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="Nothing can be written"):
        report.prepare(tmp_path / "file")
