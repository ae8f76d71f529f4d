"""Page: the report as one HTML page that needs no network, no script and no font; its plots are inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from edge_agent.desk.owner.report import CallsReport

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --quiet: #63676d; --rule: #d9dce0; --paper: #fff; --bar: #2f6fd0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --quiet: #9aa0a7; --rule: #34383d; --paper: #16181a; --bar: #6ea2f2; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 820px;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
td { font-variant-numeric: tabular-nums; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.quiet { color: var(--quiet); } svg { width: 100%; height: auto; font-size: 11px; fill: var(--ink); }
.bar { fill: var(--bar); } .axis { stroke: var(--rule); }
"""
WIDTH, HEIGHT, FOOT = 800, 160, 18
"""Size of a plot and of the names below it, in user units."""
LENGTHS_S = (30, 60, 90, 120, 180, 240, 300, 600)
"""The ends of the groups of durations."""
MOST_DAYS = 31


def page(name: str, found: CallsReport, waiting: Sequence[tuple[str, str]] = ()) -> str:
    """The whole page of an agent of that name. `waiting`: who waits for a time, and what is free for them."""
    title = f"{name}: calls" + (f" since {found.since}" if found.since else "")
    parts = [f"<h1>{escape(title)}</h1>", _table(found.rows())]
    days = dict(sorted(found.by_day.items())[-MOST_DAYS:])
    parts += _section("Calls a day", {day[5:]: count for day, count in days.items()})
    parts += _section("How long they took", _lengths(found.durations_s))
    parts += _section("Calls in which something was asked again", {s: int(t["calls"]) for s, t in found.tries.items()})
    if waiting:
        parts += ["<h2>Who waits for a time</h2>", _table(waiting)]
    if found.unanswered:
        rows = [(question, str(count)) for question, count in found.unanswered]
        parts += ["<h2>Questions without an answer</h2>", _table(rows)]
        parts.append('<p class="quiet">Answer them in a document of the agent\'s folder of answers.</p>')
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n{view}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _lengths(durations_s: Iterable[int]) -> dict[str, int]:
    """How many calls were of each length."""
    durations = list(durations_s)
    if not durations:
        return {}
    found, before = {}, 0
    for end in LENGTHS_S:
        found[f"to {end} s"] = sum(1 for each in durations if before <= each < end)
        before = end
    found["more"] = sum(1 for each in durations if each >= before)
    return found


def _section(title: str, counts: Mapping[str, int]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", bars(counts)] if counts else []


def bars(counts: Mapping[str, int]) -> str:
    """An inline <svg>: a bar for each name, its number on top of it."""
    most = max(*counts.values(), 1)
    wide = WIDTH / max(len(counts), 6)
    every = -(-len(counts) // 16)
    parts = []
    for at, (name, count) in enumerate(counts.items()):
        left, high = at * wide, (HEIGHT - FOOT - 20) * count / most
        top = HEIGHT - FOOT - high
        parts.append(f'<rect class="bar" x="{left + 2:.1f}" y="{top:.1f}" width="{wide - 4:.1f}" height="{high:.1f}"/>')
        if count:
            parts.append(f'<text x="{left + wide / 2:.1f}" y="{top - 4:.1f}" text-anchor="middle">{count}</text>')
        if at % every == 0:
            place = f'x="{left + wide / 2:.1f}" y="{HEIGHT - 4}" text-anchor="middle"'
            parts.append(f"<text {place}>{escape(name)}</text>")
    line = f'<line class="axis" x1="0" x2="{WIDTH}" y1="{HEIGHT - FOOT}" y2="{HEIGHT - FOOT}"/>'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{line}{"".join(parts)}</svg>'


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(what)}</th><td>{escape(much)}</td></tr>\n" for what, much in rows)
    return f"<table>\n{body}</table>"
