"""Waterfall: one turn as SVG, its stages on one time axis from the end of speech."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

Row = dict[str, Any]

WIDTH, LABEL, ROW, AXIS = 860, 60, 18, 18
"""In user units: width of the drawing, of the column of names; height of a bar's row and of the axis."""
STEPS_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


def span(rows: Sequence[Row]) -> tuple[float, float]:
    """The axis that all turns share, in s: from the end of speech, or an earlier stage, to the last stage."""
    times = [0.0, 0.1]
    for row in rows:
        times += [stage["start_s"] for stage in row["stages"]]
        times += [stage["start_s"] + stage["seconds"] for stage in row["stages"]]
        times += [row["v2v_s"]] if row["v2v_s"] is not None else []
    return min(times), max(times)


def waterfall(row: Row, axis_s: tuple[float, float]) -> str:
    """An inline <svg>, coloured by the page's style sheet."""
    start_s, end_s = axis_s
    stages = row["stages"]
    bottom = ROW * len(stages)
    scale = (WIDTH - LABEL - 70) / (end_s - start_s)

    def x(at_s: float) -> float:
        return round(LABEL + (at_s - start_s) * scale, 1)

    parts = [_tick(x(at_s), bottom, at_s) for at_s in _ticks(start_s, end_s)]
    for i, stage in enumerate(stages):
        name, y, left = escape(stage["name"]), i * ROW, x(stage["start_s"])
        width = max(1.5, round(stage["seconds"] * scale, 1))
        after = f'class="quiet" x="{left + width + 4:.1f}" y="{y + 13}"'
        parts += [
            f'<text x="0" y="{y + 13}">{name}</text>',
            f'<rect class="{name}" x="{left}" y="{y + 3}" width="{width}" height="{ROW - 6}"/>',
            f"<text {after}>{stage['seconds'] * 1000:.0f} ms</text>",
        ]
    parts.append(f'<line class="end" x1="{x(0)}" x2="{x(0)}" y1="0" y2="{bottom}"/>')
    title = "No voice-to-voice latency"
    if row["v2v_s"] is not None:
        title = f"Voice-to-voice latency {row['v2v_s'] * 1000:.0f} ms"
        at = x(row["v2v_s"])
        parts.append(f'<line class="v2v" x1="{at}" x2="{at}" y1="0" y2="{bottom}"/>')
    size = f'viewBox="0 0 {WIDTH} {bottom + AXIS}" role="img"'
    return f"<svg {size}><title>{title}</title>{''.join(parts)}</svg>"


def _ticks(start_s: float, end_s: float) -> list[float]:
    """Round times, at most some ten of them."""
    step = next((s for s in STEPS_S if (end_s - start_s) / s <= 10), STEPS_S[-1])
    first, last = math.ceil(start_s / step), math.floor(end_s / step)
    return [i * step for i in range(first, last + 1)]


def _tick(x: float, bottom: int, at_s: float) -> str:
    label = f'<text class="quiet" text-anchor="middle" x="{x}" y="{bottom + 13}">{at_s * 1000:.0f}</text>'
    return f'<line class="tick" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>{label}'
