"""Beside talk: what benches of other doors share, which play each clip there and, as `talk` has it, to a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge_agent import build, build_act
from edge_agent.bench.clips import Clip
from edge_agent.bench.play import Take, play_clip
from edge_agent.bench.turns import spread
from edge_agent.bench.wer import count_errors
from edge_agent.settings import Settings
from edge_agent.speak.voice import AUDIBLE
from edge_agent.types import Json, Samples

Play = Callable[[Clip], Take]


@contextmanager
def talk(settings: Settings, chosen: build.Chosen) -> Iterator[Play]:
    """Engines of this process, and nothing of the owner's: what rings there would be heard."""
    with ExitStack() as stack:
        engines = build.engines(settings, chosen)
        state = Path(stack.enter_context(TemporaryDirectory()))
        act = stack.enter_context(closing(build_act.act(settings, state=state, tools=False, home=False)))
        act.warm_up()
        yield partial(play_clip, engines=engines, briefs=build.briefs(settings), act=act)


def silent_after(tail: Samples, rate_hz: int) -> float | None:
    """The seconds until the last audible 10 ms of what was heard from an interruption on; None: nothing was."""
    window = rate_hz // 100
    windows = tail[: len(tail) // window * window].reshape(-1, window)
    loud = np.flatnonzero(np.sqrt((windows**2).mean(axis=1)) >= AUDIBLE)
    return (int(loud[-1]) + 1) * window / rate_hz if len(loud) else None


def in_pair(number: int, spoiled: Callable[[], Json], clean: Callable[[], Json] | None) -> Json:
    """The row of a clip: of its call through the network that spoils it and, with `clean`, as `clean_s` and
    `clean_heard` of one through none, by turns before and behind it: what was computed for the first helps the
    second."""
    if clean is None:
        return spoiled()
    before = clean() if number % 2 else None
    row = spoiled()
    other = before or clean()
    return row | {"clean_s": other["v2v_s"], "clean_heard": other["heard"]}


def without_loss(rows: Sequence[Json]) -> Json:
    """Of the rows of `in_pair`: how much longer than through no network at all."""
    warm = [(row["v2v_s"], row["clean_s"]) for row in rows if not row["cold"] and row.get("clean_s") is not None]
    pairs = [(spoiled, clean) for spoiled, clean in warm if spoiled is not None]
    heard = [row | {"heard": row["clean_heard"]} for row in rows if "clean_heard" in row]
    return {
        "pairs": len(pairs),
        "clean_s": spread([clean for _, clean in pairs]),
        "longer_s": spread([spoiled - clean for spoiled, clean in pairs]),
        "wer": _wer(heard),
    }


def _wer(rows: Sequence[Json]) -> float | None:
    said = [row for row in rows if row["transcript"]]
    counts = [count_errors([(row["transcript"], " ".join(row["heard"]))], row["language"]) for row in said]
    words = sum(each.words for each in counts)
    return sum(each.errors for each in counts) / words if words else None


def summary(rows: Sequence[Json], silent: Sequence[float | None]) -> Json:
    """Of calls, each with `v2v_s`, `talk_s`, `cold` and what was heard; and of interruptions."""
    warm = [row for row in rows if not row["cold"]]
    pairs = [(row["v2v_s"], row["talk_s"]) for row in warm if None not in (row["v2v_s"], row["talk_s"])]
    return {
        "calls": len(warm),
        "answered": sum(row["v2v_s"] is not None for row in warm),
        "v2v_s": spread([row["v2v_s"] for row in warm if row["v2v_s"] is not None]),
        "pairs": len(pairs),
        "talk_s": spread([talk for _, talk in pairs]),
        "longer_than_talk_s": spread([here - talk for here, talk in pairs]),
        "wer": _wer(rows),
        "without_loss": without_loss(rows),
        "silence_s": spread([each for each in silent if each is not None]),
        "interruptions": sum(each is not None for each in silent),
        "spoken_into": len(silent),
    }
