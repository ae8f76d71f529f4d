"""Waterfall: one turn as SVG. What ran when, what was thrown away, where the hold ended, when sound came.

One time axis for all turns, from the end of speech. A bar is a stage of the answer that was heard; each draft that was
thrown away has one line above them, pale, up to the cross where the user went on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from edge_agent.types import Json

WIDTH, LABEL, ROW, AXIS = 860, 70, 18, 18
"""Width of the drawing and of the column of names, height of a bar's row and of the axis, in user units."""
STEPS_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
EARLIEST_S = -1.5
"""Drafts that were dropped before are told in words only: the rest would become too narrow to read."""


def span(rows: Sequence[Json]) -> tuple[float, float]:
    """The axis that all turns share, in s: from the end of speech, or an earlier stage, to the last stage."""
    times = [0.0, 0.1]
    for row in rows:
        bars = row["stages"] + [bar for draft in shown(row) for bar in draft["stages"]]
        times += [time for bar in bars for time in (bar["start_s"], bar["start_s"] + bar["seconds"])]
        times += [draft["soft_end_s"] for draft in shown(row)]
        times += [row["v2v_s"]] if row["v2v_s"] is not None else []
    return min(times), max(times)


def shown(row: Json) -> list[Json]:
    """The thrown-away drafts of a turn that are drawn."""
    return [draft for draft in row.get("dropped", []) if draft["soft_end_s"] >= EARLIEST_S]


def waterfall(row: Json, axis_s: tuple[float, float]) -> str:
    """An inline <svg>, coloured by the page's style sheet."""
    start_s, end_s = axis_s
    drafts, stages = shown(row), row["stages"]
    bottom = ROW * (len(drafts) + len(stages))
    scale = (WIDTH - LABEL - 70) / (end_s - start_s)

    def x(at_s: float) -> float:
        return round(LABEL + (at_s - start_s) * scale, 1)

    parts = [_tick(x(at_s), bottom, at_s) for at_s in _ticks(start_s, end_s)]
    for i, draft in enumerate(drafts):
        parts.append(_name("dropped", i))
        parts += [_bar(f"{bar['name']} dropped", i, x(bar["start_s"]), bar["seconds"] * scale) for bar in _runs(draft)]
        if draft["resumed_s"] is not None:
            parts.append(f'<text class="cross" x="{x(draft["resumed_s"])}" y="{i * ROW + 14}">×</text>')
    for i, stage in enumerate(stages, start=len(drafts)):
        left, width = x(stage["start_s"]), max(1.5, stage["seconds"] * scale)
        after = f'class="quiet" x="{left + width + 4:.1f}" y="{i * ROW + 13}"'
        parts += [_name(stage["name"], i), _bar(stage["name"], i, left, width)]
        parts.append(f"<text {after}>{stage['seconds'] * 1000:.0f} ms</text>")
    parts.append(_line("end", x(0), bottom))
    if row.get("commit_s") is not None:
        parts.append(_line("commit", x(row["commit_s"]), bottom))
    title = "No voice-to-voice latency"
    if row["v2v_s"] is not None:
        title = f"Voice-to-voice latency {row['v2v_s'] * 1000:.0f} ms"
        parts.append(_line("v2v", x(row["v2v_s"]), bottom))
    size = f'viewBox="0 0 {WIDTH} {bottom + AXIS}" role="img"'
    return f"<svg {size}><title>{title}</title>{''.join(parts)}</svg>"


def _runs(draft: Json) -> list[Json]:
    """What was computed for a draft; its hold is the time up to the cross."""
    return [stage for stage in draft["stages"] if stage["name"] not in ("hold", "wait")]


def _name(name: str, line: int) -> str:
    return f'<text x="0" y="{line * ROW + 13}">{escape(name)}</text>'


def _bar(kind: str, line: int, left: float, width: float) -> str:
    size = f'width="{max(1.5, width):.1f}" height="{ROW - 6}"'
    return f'<rect class="{escape(kind)}" x="{left}" y="{line * ROW + 3}" {size}/>'


def _line(kind: str, x: float, bottom: int) -> str:
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>'


def _ticks(start_s: float, end_s: float) -> list[float]:
    """Round times, at most some ten of them."""
    step = next((s for s in STEPS_S if (end_s - start_s) / s <= 10), STEPS_S[-1])
    first, last = math.ceil(start_s / step), math.floor(end_s / step)
    return [i * step for i in range(first, last + 1)]


def _tick(x: float, bottom: int, at_s: float) -> str:
    label = f'<text class="quiet" text-anchor="middle" x="{x}" y="{bottom + 13}">{at_s * 1000:.0f}</text>'
    return _line("tick", x, bottom) + label
