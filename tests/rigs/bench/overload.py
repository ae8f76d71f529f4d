"""Overload bench: one client is served, many knock in vain. Does the one notice, and are the others told?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from edge_agent.bench.clips import Clip
from edge_agent.bench.turns import spread
from tests.rigs.bench.knocking import knocking
from tests.rigs.bench.serve_turns import play, server

Row = dict[str, Any]


def bench_overload(
    clips: Sequence[Clip], flags: Sequence[str], clients: int, *, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Each clip alone and, directly after, while `clients` knock at a server with one place; the first is left out.

    Returns, ready for JSON: `summary` and `rows`. A clip whose connection is closed raises: none may be.
    """
    tries, rows = Counter[str](), list[Row]()
    with server(flags, sessions=1) as (url, _):
        play(clips[0], url)  # the cold one
        for clip in clips:
            alone = play(clip, url)
            with knocking(url, clients) as knocks:
                crowded = play(clip, url)
            tries.update(knocks)
            rows.append({**crowded, "alone_s": alone["v2v_s"], "crowded_s": crowded["v2v_s"]})
            progress(f"{len(rows)}/{len(clips)} {clip.path.name}: {alone['v2v_s']}, crowded {crowded['v2v_s']}")
    return {"clients": clients, "summary": summary(rows, tries), "rows": rows}


def summary(rows: Sequence[Row], tries: Counter[str]) -> Row:
    """Times of the clips that have both."""
    both = [row for row in rows if row["alone_s"] is not None and row["crowded_s"] is not None]
    times = {name: spread([row[name] for row in both]) for name in ("alone_s", "crowded_s")}
    counts = {name: tries[name] for name in ("refused", "admitted", "failed")}
    return {"clips": len(rows), "measured": len(both), **times, **counts}
