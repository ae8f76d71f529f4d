"""Verdict: is it a leak? By the slope, by the same load again, and by the last window on its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Any, NamedTuple

SLOPE_MB = 2.0
"""Most growth over 1,000 turns."""
SLOPE_FROM = 2000
"""Turns. Of fewer the slope says nothing: a heap grows and shrinks by some MB."""
MEMORY_FROM = {"simulated": 100, "real": 1000}
"""Turns, by tier. In fewer the engines have not seen each length yet, and their heaps still grow to it: with real
models by 8, 6, 6, 0, 2 and 1 MB over the second to the seventh hundred."""
AGAIN_MB = 5.0
"""Most that the second half of a soak adds, which is the first one again: a heap that has found its size adds nothing,
a leak adds the same."""
JUDGED_SHARE = 0.8
"""Of the windows, from the end: before them caches fill."""
WORST_MB = 5.0
"""Most by which the last window may be above what the slope allows."""
COUNTED = ("descriptors", "threads", "children")
"""Must not change at all."""

Window = dict[str, Any]


class Bar(NamedTuple):
    name: str
    measured: float
    most: float
    unit: str = ""

    @property
    def passed(self) -> bool:
        return self.measured <= self.most


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Theil-Sen: the median of the slopes of all pairs of points (x, y), which a few wild ones do not move."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    return median(slopes) if slopes else 0.0


def judged(windows: Sequence[Window]) -> Sequence[Window]:
    return windows[len(windows) - max(1, round(JUDGED_SHARE * len(windows))) :]


def growth_mb(windows: Sequence[Window]) -> float:
    """Over 1,000 turns. Of memory that no file backs: the PSS of libraries changed by 15 MB with other programs."""
    return 1000 * slope([(window["turns"], window["anon_mb"]) for window in judged(windows)])


def memory_bars(windows: Sequence[Window], tier: str = "simulated") -> list[Bar]:
    """Of one conversation whose second half is its first again."""
    last, first = windows[-1], judged(windows)[0]
    if last["turns"] < MEMORY_FROM[tier]:
        return []
    half = next((w for w in windows if w["turns"] * 2 >= last["turns"]), last)
    allowed = SLOPE_MB * (last["turns"] - first["turns"]) / 1000 + WORST_MB
    steady = [Bar("growth over 1,000 turns", growth_mb(windows), SLOPE_MB, "MB")] if last["turns"] >= SLOPE_FROM else []
    return [
        *steady,
        Bar("the same load again adds", last["anon_mb"] - half["anon_mb"], AGAIN_MB, "MB"),
        Bar("the last window is above the first that counts by", last["anon_mb"] - first["anon_mb"], allowed, "MB"),
    ]


def count_bars(windows: Sequence[Window]) -> list[Bar]:
    """What must not change at all, from the first window that counts to the last."""
    last, first = windows[-1], judged(windows)[0]
    return [Bar(f"{name}, change", abs(last[name] - first[name]), 0) for name in COUNTED]


def most_lost(turns: int) -> float:
    """None of `turns` was lost: at 95 % confidence the rate is below this (the rule of three)."""
    return min(1.0, 3 / turns) if turns else 1.0
