"""Sweep: endpointing policies over their thresholds, and ours beside the stock ones at equal dead air."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

from edge_agent.errors import InputError
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.finality import Signs
from tests.rigs.bench.endpoint import Combined, Policy, Row, Stock, Timer, cut_off_at, frontier, judge
from tests.rigs.bench.pauses import Replay

TIMERS_S = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0)
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99)
DELAYS_S = (0.1, 0.2, 0.3, 0.4, 0.6)
TIMEOUTS_S = (0.4, 0.6, 0.8, 1.0, 1.2, 1.6, 2.0, 3.0)
SCALES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


def bench_endpoint(
    replays: Sequence[Replay],
    holds: Mapping[str, HoldPolicy],
    probability: Callable[[Signs], float],
    *,
    soft_end_s: float,
    rescore_s: float,
) -> Row:
    """Judge the policies on the replays. `holds`: ours by name; the curve of ours scales those of "in force".

    Returns, ready for JSON: `points` (name -> what `judge` says), `curves` (name -> points with their settings),
    `against` (name of ours -> the cut-off rates of the others at the same mean dead air), `sets` and `rows`.
    Raises InputError where no clip has an end to be found.
    """
    if not any(replay.pauses and not replay.incomplete for replay in replays):
        raise InputError("The clips hold no speech that was brought to an end.")
    asked = cache(probability)

    def ours(hold: HoldPolicy) -> Policy:
        return Combined(hold, asked, soft_end_s, rescore_s)

    policies: dict[str, Policy] = {name: ours(hold) for name, hold in holds.items()}
    policies |= {"stock Smart Turn": Stock(), "timer 0.5 s": Timer(0.5)}
    points = {name: judge(replays, policy) for name, policy in policies.items()}
    curves = {
        "timer": [{"hold_s": s} | judge(replays, Timer(s)) for s in TIMERS_S],
        "stock": [{"threshold": t} | judge(replays, Stock(t)) for t in THRESHOLDS],
        "stock, any delay": frontier(
            {"threshold": t, "delay_s": d, "timeout_s": w} | judge(replays, Stock(t, d, w))
            for t, d, w in product(THRESHOLDS, DELAYS_S, TIMEOUTS_S)
            if d < w
        ),
        "ours": [{"scale": x} | judge(replays, ours(scaled(holds["in force"], x))) for x in SCALES],
    }
    names = dict.fromkeys(replay.set for replay in replays)
    return {
        "points": points,
        "curves": curves,
        "against": {name: _against(points[name], curves) for name in holds},
        "sets": {
            name: {
                label: judge([replay for replay in replays if replay.set == name], policies[label])
                for label in ("in force", "stock Smart Turn")
            }
            for name in names
        },
        "rows": [replay.to_json() for replay in replays],
    }


def scaled(hold: HoldPolicy, factor: float) -> HoldPolicy:
    """The same policy with every hold `factor` times as long."""
    return replace(hold, short_s=hold.short_s * factor, long_s=hold.long_s * factor, max_s=hold.max_s * factor)


def _against(point: Row, curves: Mapping[str, Sequence[Row]]) -> Row:
    """Cut-off rates at the mean dead air of `point`; `less`: the share saved. None beyond a curve's ends."""
    found: Row = {"mean_s": point["mean_s"], "cut_off_rate": point["cut_off_rate"]}
    for name in ("timer", "stock", "stock, any delay"):
        rate = cut_off_at(frontier(curves[name]), point["mean_s"])
        found[name] = {"cut_off_rate": rate, "less": 1 - point["cut_off_rate"] / rate if rate else None}
    return found
