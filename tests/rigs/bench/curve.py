"""Curve: cut-offs against dead air as SVG, one line a family of policies and one dot an operating point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

Row = dict[str, Any]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 860, 320, 50, 36, 12
"""In user units: size of the drawing, and the margins for the axes."""
COLOURS = {"timer": "--quiet", "stock": "--wait", "stock, any delay": "--TTS", "ours": "--v2v"}
"""Of the page's style sheet."""
MOST_S = 1.5
"""Nobody waits longer gladly: the axis of the dead air ends here."""


def curve(curves: Mapping[str, Sequence[Row]], points: Mapping[str, Row]) -> str:
    """An inline <svg>: mean dead air in s to the right, share of turns cut off upward."""
    rates = [float(p["cut_off_rate"]) for line in curves.values() for p in line if p["mean_s"] <= MOST_S]
    top = max([0.1, *rates])

    def x(mean_s: float) -> float:
        return round(LEFT + (WIDTH - LEFT - 20) * min(max(mean_s, 0.0), MOST_S) / MOST_S, 1)

    def y(rate: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - rate / top), 1)

    parts = _axes(x, y, top)
    for number, (name, line) in enumerate(curves.items()):
        inside = sorted((p for p in line if p["mean_s"] <= MOST_S), key=lambda p: p["mean_s"])
        path = " ".join(f"{x(p['mean_s'])},{y(p['cut_off_rate'])}" for p in inside)
        colour = f"var({COLOURS.get(name, '--ink')})"
        parts.append(f'<polyline points="{path}" style="fill:none;stroke:{colour};stroke-width:2"/>')
        at = f'x="{WIDTH - 160}" y="{TOP + 14 * (number + 1)}"'
        parts.append(f'<text {at} style="fill:{colour}">{escape(name)}</text>')
    drawn = {(x(point["mean_s"]), y(point["cut_off_rate"])): name for name, point in points.items()}
    for (left, up), name in drawn.items():
        if left < x(MOST_S):
            parts.append(f'<circle cx="{left}" cy="{up}" r="3.5"/>')
            parts.append(f'<text x="{left + 6}" y="{up - 5}">{escape(name)}</text>')
    title = "Share of turns cut off against mean dead air"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    return f"<svg {size}><title>{title}</title>{''.join(parts)}</svg>"


def _axes(x: Callable[[float], float], y: Callable[[float], float], top: float) -> list[str]:
    """Grid and labels: every 0.1 s, and four steps of the rate."""
    floor = HEIGHT - BOTTOM
    parts = []
    for tenths in range(round(MOST_S * 10) + 1):
        at = x(tenths / 10)
        parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="{TOP}" y2="{floor}"/>')
        parts.append(f'<text class="quiet" text-anchor="middle" x="{at}" y="{floor + 14}">{tenths / 10:.1f}</text>')
    for i in range(5):
        up = y(top * i / 4)
        parts.append(f'<line class="tick" x1="{LEFT}" x2="{WIDTH - 20}" y1="{up}" y2="{up}"/>')
        parts.append(f'<text class="quiet" text-anchor="end" x="{LEFT - 6}" y="{up + 4}">{top * i / 4:.1%}</text>')
    parts.append(f'<text class="quiet" x="{LEFT}" y="{HEIGHT - 6}">mean dead air, s; upward: turns cut off</text>')
    return parts
