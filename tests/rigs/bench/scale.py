"""Scale bench: how the latency of a turn grows with fewer cores, larger LLMs, longer speech and longer conversations.

Each case is `bench turns` in a process of its own, so that it has its own cores, models and memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any


class Axis(StrEnum):
    """What is changed from case to case, everything else being equal."""

    CORES = "cores"
    LLM = "llm"
    LENGTH = "length"
    HISTORY = "history"


LENGTHS_S = {1: 5, 3: 5, 10: 4, 25: 3}
"""Seconds of speech -> utterances, the first of which is the cold turn: all cases together take under 8 minutes."""
USUAL_S, SHORT_S = 3, 1
"""Length of the speech on the axes that do not change it; the short one hides the least work."""
HISTORY = (1, 20, 100)
"""Turns before the first one measured."""
HISTORY_TURNS = 13
"""So many follow, as 2,048 tokens are full after some 25 turns: old ones are dropped while it is measured."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Llm:
    """A language model of the store."""

    name: str
    fix: str | None
    """The command that fetches it where it is missing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run of `bench turns`."""

    axis: Axis
    value: str
    seconds: float = USUAL_S
    count: int = LENGTHS_S[USUAL_S]
    cores: int | None = None
    """None: all."""
    flags: tuple[str, ...] = ()
    missing: str | None = field(default=None, compare=False)

    @property
    def run(self) -> tuple[float, int, int | None, tuple[str, ...]]:
        """What is measured: cases of two axes may share it."""
        return self.seconds, self.count, self.cores, self.flags


def cases(llms: Sequence[Llm], own_llm: str, only: Axis | None = None) -> list[Case]:
    """All cases, or those of one axis. All cores, the own LLM and 3 s of speech are one case on three of them."""
    cores = len(os.sched_getaffinity(0))
    found = [Case(Axis.CORES, "1", cores=1), Case(Axis.CORES, str(cores))] if cores > 1 else [Case(Axis.CORES, "1")]
    for llm in llms:
        flags = () if llm.name == own_llm else ("--set", f"models.llm={llm.name}")
        found.append(Case(Axis.LLM, llm.name, flags=flags, missing=llm.fix))
    found += [Case(Axis.LENGTH, f"{seconds} s", seconds, count) for seconds, count in LENGTHS_S.items()]
    for turns in HISTORY:
        found.append(Case(Axis.HISTORY, f"{turns} turns", SHORT_S, HISTORY_TURNS, flags=("--history", str(turns))))
    return [case for case in found if only in (None, case.axis)]


def bench_scale(
    wanted: Sequence[Case],
    measure: Callable[[Case], Row],
    *,
    progress: Callable[[str], object] = lambda line: None,
) -> Row:
    """Measure each case once. Returns, ready for JSON: `rows`, each with its figures and `growth`.

    `growth`: V2V against that of the axis's first case, median over the utterances, which all end alike (a median
    of each case alone would rather tell how sure the endpoint model was of the utterances).
    """
    done: dict[Any, Row] = {}
    rows: list[Row] = []
    for case in wanted:
        if case.missing:
            row: Row = {"error": f"{case.value} is not installed: {case.missing}"}
        else:
            row = done[case.run] = done.get(case.run) or _measured(case, measure)
        first = next((r for r in rows if r["axis"] == case.axis and r.get("v2v_s")), row)
        rows.append({"axis": str(case.axis), "value": case.value, **row, "growth": _growth(first, row)})
        progress(f"{len(rows)}/{len(wanted)} {case.axis} {case.value}: {row.get('error') or row['v2v_median_s']}")
    return {"rows": rows}


def _growth(first: Row, row: Row) -> float | None:
    was, now = first.get("v2v_s", {}), row.get("v2v_s", {})
    both = was.keys() & now.keys()
    return median(now[file] / was[file] for file in both) if both else None


def _measured(case: Case, measure: Callable[[Case], Row]) -> Row:
    try:
        result = measure(case)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or "").strip().splitlines()
        return {"error": lines[-1] if lines else f"bench turns ended with code {error.returncode}"}
    summary = result["summary"]
    v2v = summary["v2v_s"] or {}
    warm = [row for row in result["rows"] if not row["cold"] and row["v2v_s"]]
    return {
        "n": summary["measured"],
        "v2v_s": {row["file"]: row["v2v_s"] for row in warm},
        **{f"v2v_{name}_s": v2v.get(name) for name in ("median", "p90", "max")},
        **{f"{name}_s": seconds for name, seconds in summary["stage_medians_s"].items()},
        "cut_off": summary["cut_off"],
        "missed": summary["missed"],
        "cpu_s": summary["cpu_s_per_turn"],
        "peak_rss_mb": result["peak_rss_mb"],
    }


def in_child(case: Case, manifest: Path, flags: Sequence[str]) -> Row:
    """The result of `bench turns MANIFEST` in a child process with the cores of the case.

    Raises CalledProcessError with what it said on stderr.
    """
    command = [sys.executable, "-m", "edge_agent", "bench", "turns", str(manifest), "--json", *flags, *case.flags]
    with on_cores(case.cores):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: Row = json.loads(done.stdout)
    return result


@contextmanager
def on_cores(count: int | None) -> Iterator[None]:
    """Child processes started meanwhile have the first `count` of this process's cores."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
