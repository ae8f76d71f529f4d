"""Workers bench: what crossing to workers costs a turn, and how soon an engine is back after its process was killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from edge_agent.clock import Clock
from edge_agent.errors import EngineLost

Row = dict[str, Any]
Crossed = Mapping[str, tuple[int, float]]
"""By engine: how often it was asked so far, and what that cost in s beyond what the engine took."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An engine in a worker."""

    pid: Callable[[], int | None]
    """Of its process; None while there is none."""
    use: Callable[[], object]
    """The smallest request that computes. Raises EngineLost when the process dies over it."""


def bench_crossings(
    turn: Callable[[Callable[[], object]], object],
    crossed: Callable[[], Crossed],
    *,
    runs: int,
    progress: Callable[[str], object],
) -> Row:
    """Hold a turn `runs` times. `turn` is told whom to call when its first sound goes out.

    Returns, ready for JSON: `asked` (by engine, median of a turn), and of each turn what its requests cost together,
    until the first sound (`first_s`: so much later it is, at most, as they do not all stand one behind the other) and
    until its end (`crossing_s`).
    """
    turns = [_crossings(turn, crossed) for _ in range(runs)]
    asked = {name: round(median(each["asked"][name] for each in turns)) for name in turns[0]["asked"]}
    first_s, crossing_s = [each["first_s"] for each in turns], [each["crossing_s"] for each in turns]
    progress(
        f"a turn: {1000 * median(first_s):.1f} ms until its first sound, {1000 * median(crossing_s):.1f} ms in all"
    )
    return {"asked": asked, "first_s": first_s, "crossing_s": crossing_s}


def _crossings(turn: Callable[[Callable[[], object]], object], crossed: Callable[[], Crossed]) -> Row:
    before, sounds = crossed(), list[Crossed]()
    turn(lambda: sounds.append(crossed()))
    after = crossed()
    asked = {name: after[name][0] - before[name][0] for name in after}
    return {"asked": asked, "first_s": _cost_s([*sounds, after][0], before), "crossing_s": _cost_s(after, before)}


def _cost_s(until: Crossed, since: Crossed) -> float:
    return sum(cost_s - since[name][1] for name, (_, cost_s) in until.items())


def bench_kills(
    tried: Mapping[str, Tried],
    clock: Clock,
    *,
    runs: int,
    number: signal.Signals = signal.SIGKILL,
    progress: Callable[[str], object] = lambda line: None,
) -> list[Row]:
    """Send the signal to each `runs` times, at rest; SIGSTOP lets it hang.

    Returns, ready for JSON, one row an engine: `use_s` (median of the request that computes), and `back_s`, from each
    signal to the end of the first such request that is answered; `by`, the signal.
    """
    rows = []
    for name, engine in tried.items():
        engine.use()
        use_s = median(_seconds(engine.use, clock) for _ in range(runs))
        back_s = [_back(engine, clock, number) for _ in range(runs)]
        rows.append({"name": name, "use_s": use_s, "back_s": back_s, "by": number.name})
        progress(f"{name}: back {median(back_s):.2f} s after {number.name}, at most {max(back_s):.2f} s")
    return rows


def _back(engine: Tried, clock: Clock, number: signal.Signals) -> float:
    pid = engine.pid()
    assert pid
    begun_s = clock.now()
    os.kill(pid, number)
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
