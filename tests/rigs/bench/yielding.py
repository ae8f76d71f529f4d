"""Yield bench: who speaks into an answer and only listens, and who wants the floor? Real ears, on a virtual clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.sound import read_16_khz
from edge_agent.floor import Meanwhile, Speaking
from edge_agent.hear.framing import FRAME_S
from edge_agent.interfaces import Listener
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Backchannel, Draft, Hearing, Onset, Samples

BEFORE_S, AFTER_S = 1.0, 2.0
"""Silence around a clip: the longest hold is over by then."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is said into an answer."""

    set: str
    name: str
    sound: Samples
    """At 16 kHz."""
    start_s: float
    """The annotated beginning and ..."""
    end_s: float
    """... end of the speech in it."""
    nods: bool
    """Whether it only shows that somebody listens."""


def bench_yield(
    cases: Sequence[Case],
    listener: Callable[[], Listener],
    progress: Callable[[str], object] = lambda line: None,
) -> Row:
    """Speak each case into an answer that goes on for ever. Engines take no time on this clock.

    Returns, ready for JSON: `summary` and `rows`. `what` is "interrupts", "listens" or "unnoticed" (too short, or too
    quiet: the answer goes on). `ducked_s` and `silent_s` count from the onset of the speech, `decided_s` from its end,
    and so does `back_s`, at which the answer is heard again.
    """
    rows = []
    for i, case in enumerate(cases):
        rows.append({"set": case.set, "name": case.name, "nods": case.nods, **told(case, listener())})
        progress(f"{i + 1}/{len(cases)} {case.set}/{case.name}: {rows[-1]['what']}, {rows[-1]['text']!r}")
    return {"summary": {name: summary(part) for name, part in _parts(rows)}, "rows": rows}


def recorded(clip: Clip, *, nods: bool) -> Case:
    sound = read_16_khz(clip.path)
    return Case(clip.set, clip.path.name, sound, clip.speech_start_s, clip.speech_end_s, nods)


def told(case: Case, listener: Listener) -> Row:
    """What the ears make of one case."""
    row: Row = {"what": "unnoticed", "text": "", "ducked_s": None, "silent_s": None, "decided_s": None, "back_s": None}
    start_s, end_s = BEFORE_S + case.start_s, BEFORE_S + case.end_s
    for frame in _frames(case.sound):
        for hearing in listener.hear(frame, Meanwhile(Speaking.ANSWERING)):
            _note(row, hearing, frame.end_s - end_s)
        if row["what"] == "interrupts":
            if row["text"] or frame.end_s > end_s + 1.0:
                break
            continue
        yields = listener.yields
        for name, stage in (("ducked_s", ("ducked", "silent")), ("silent_s", ("silent",))):
            if yields in stage and row[name] is None:
                row[name] = frame.end_s - start_s
        if yields == "no" and row["ducked_s"] is not None and row["back_s"] is None:
            row["back_s"] = frame.end_s - end_s
    return row


def _note(row: Row, hearing: Hearing, since_s: float) -> None:
    if isinstance(hearing, Onset):
        row["what"], row["decided_s"] = "interrupts", since_s
    elif isinstance(hearing, Backchannel):
        row["what"], row["decided_s"], row["text"] = "listens", since_s, hearing.text
    elif isinstance(hearing, Draft):
        row["text"] = row["text"] or hearing.heard.text
        row["confidence"] = hearing.heard.confidence


def _frames(sound: Samples) -> Iterator[AudioFrame]:
    whole = np.concatenate([np.zeros(round(BEFORE_S * HEAR_RATE_HZ), np.float32), sound])
    count = math.ceil((len(whole) / HEAR_RATE_HZ + AFTER_S) / FRAME_S)
    padded = np.zeros(count * HEAR_FRAME, np.float32)
    padded[: len(whole)] = whole
    for at in range(0, len(padded), HEAR_FRAME):
        yield AudioFrame(padded[at : at + HEAR_FRAME], HEAR_RATE_HZ, at)


def _parts(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "all", list(rows)
    for name in dict.fromkeys(row["set"] for row in rows):
        yield name, [row for row in rows if row["set"] == name]


def summary(rows: Sequence[Row]) -> Row:
    """`stopped`: of the backchannels, those that stop the answer. `missed`: of the interruptions, those that do not."""
    nods, others = ([row for row in rows if row["nods"] is nods] for nods in (True, False))
    return {
        "backchannels": len(nods),
        "stopped": sum(row["what"] == "interrupts" for row in nods),
        "interruptions": len(others),
        "missed": sum(row["what"] != "interrupts" for row in others),
        "outcomes": dict(Counter(f"{'nod' if row['nods'] else 'other'}: {row['what']}" for row in rows)),
        **{name: _median(rows, name) for name in ("ducked_s", "silent_s")},
        "back_s": _median(nods, "back_s"),
        "decided_s": _median(others, "decided_s"),
    }


def _median(rows: Sequence[Row], name: str) -> float | None:
    values = [row[name] for row in rows if row[name] is not None]
    return median(values) if values else None
