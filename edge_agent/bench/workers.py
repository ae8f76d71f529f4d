"""Workers bench: what crossing to a worker costs, and how soon an engine is back after its process was killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from edge_agent.clock import Clock
from edge_agent.errors import EngineLost

CROSSINGS = 200

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """An engine in a worker."""

    pid: Callable[[], int | None]
    """Of its process; None while there is none."""
    cross: Callable[[], object]
    """The smallest request that there is."""
    use: Callable[[], object]
    """The smallest one that computes. Raises EngineLost when the process dies over it."""


def bench_workers(
    tried: Mapping[str, Tried], clock: Clock, *, runs: int = 5, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Kill each with SIGKILL `runs` times, at rest.

    Returns, ready for JSON: `rows`, one an engine: `cross_s` (median), `use_s` (median of the request that computes),
    and `back_s`, from each kill to the end of the first such request that is answered.
    """
    rows = []
    for name, engine in tried.items():
        engine.use()
        cross_s = median(_seconds(engine.cross, clock) for _ in range(CROSSINGS))
        use_s = median(_seconds(engine.use, clock) for _ in range(runs))
        back_s = [_back(engine, clock) for _ in range(runs)]
        rows.append({"name": name, "cross_s": cross_s, "use_s": use_s, "back_s": back_s})
        progress(f"{name}: back {median(back_s):.2f} s after a kill, at most {max(back_s):.2f} s")
    return {"runs": runs, "rows": rows}


def _back(engine: Tried, clock: Clock) -> float:
    killed = engine.pid()
    assert killed
    begun_s = clock.now()
    os.kill(killed, signal.SIGKILL)
    while True:
        try:
            engine.use()
        except EngineLost:
            continue
        return clock.now() - begun_s


def _seconds(work: Callable[[], object], clock: Clock) -> float:
    begun_s = clock.now()
    work()
    return clock.now() - begun_s
