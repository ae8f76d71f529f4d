"""Wake turns: from the end of the name to its chime, and to the answer of what is said behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from edge_agent.agent.briefs import Briefs
from edge_agent.bench.clips import Clip
from edge_agent.bench.play import ENOUGH_S, PATIENCE_S, RunningConversation, Take, play
from edge_agent.bench.sound import read_16_khz
from edge_agent.bench.turns import first_sound, spread
from edge_agent.events import HeardText, WasCalled
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener
from edge_agent.think.brief import Brief, Part, Usage, Written
from edge_agent.types import HEAR_RATE_HZ, Samples, Sentence
from tests.rigs.bench.sound import cut, silence
from tests.rigs.bench.wake import length_s

BEFORE_S, GAP_S, BEHIND_S = 1.0, 0.12, 1.0

Row = dict[str, Any]


class Terse:
    """A writer that answers at once, each time in other words, so that no sound is kept: what an LLM takes is no matter
    of the name, and differs more than anything else here."""

    def __init__(self) -> None:
        self._asked = 0

    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None:
        pass

    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
        self._asked += 1
        yield Sentence(0, f"Answer number {self._asked}.", last=True)
        yield Written("stop", Usage())


def bench_pairs(
    clips: Sequence[Clip],
    name: Samples,
    engines: Engines,
    briefs: Callable[[], Briefs],
    progress: Callable[[str], object],
) -> Row:
    """Each request with the name before it and without; `engines` are called by name. All as in `talk`, in real time,
    but for the LLM.

    Returns, ready for JSON: `summary` and `rows`. `chime_s` counts from the last sample of the name to the first of the
    chime, `v2v_s` from the annotated end of the request to the first sound of the answer.
    """

    def unnamed(endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        return engines.ears(endpoint, asr, replace(detection, device=False))

    engines = replace(engines, writer=Terse())
    nameless = replace(engines, ears=unnamed)
    rows = list[Row]()
    for number, clip in enumerate(clips):
        both = [(name, engines), (silence(len(name) / HEAR_RATE_HZ), nameless)]
        order = both if number % 2 else both[::-1]  # the machine may be slower for a while
        takes = [_take(clip, before, ears, briefs()) for before, ears in order]
        named, without = takes if number % 2 else takes[::-1]
        end_s = BEFORE_S + len(name) / HEAR_RATE_HZ + GAP_S + clip.speech_end_s - clip.speech_start_s
        called = any(isinstance(event, WasCalled) for event in named.events)
        chime_s = first_sound(named.sound, named.rate_hz)
        row: Row = {"file": clip.path.name, "called": called, "chime_s": None}
        if called and chime_s is not None:
            row["chime_s"] = chime_s - BEFORE_S - length_s(name)
        row |= {"v2v_s": _v2v_s(named, end_s), "v2v_without_s": _v2v_s(without, end_s)}
        row |= {"heard": _heard(named), "heard_without": _heard(without)}
        rows.append(row)
        progress(f"pairs: {number + 1}/{len(clips)} {row}")
    return {"summary": _summary(rows), "rows": rows}


def _take(clip: Clip, before: Samples, engines: Engines, briefs: Briefs) -> Take:
    said = cut(read_16_khz(clip.path), clip.speech_start_s, clip.speech_end_s + BEHIND_S)
    sound = np.concatenate([silence(BEFORE_S), before, silence(GAP_S), said, silence(BEHIND_S)])
    end_s = BEFORE_S + len(before) / HEAR_RATE_HZ + GAP_S + clip.speech_end_s - clip.speech_start_s
    return play((sound, HEAR_RATE_HZ), engines, briefs, partial(_is_over, end_s=end_s))


def _is_over(playing: RunningConversation, end_s: float) -> bool:
    now_s, begun_s = playing.line.now_s(), playing.content_s()
    if begun_s is None:
        return now_s >= end_s + PATIENCE_S / 2
    return now_s >= max(begun_s, end_s) + ENOUGH_S and playing.conversation.link.rests


def _v2v_s(take: Take, end_s: float) -> float | None:
    begun_s = first_sound(take.sound, take.rate_hz, after_s=end_s)
    return None if begun_s is None else begun_s - end_s


def _heard(take: Take) -> str:
    return " / ".join(event.text for event in take.events if isinstance(event, HeardText))


def _summary(rows: Sequence[Row]) -> Row:
    pairs = [row for row in rows if row["called"] and row["v2v_s"] is not None and row["v2v_without_s"] is not None]
    times = {key: spread([row[key] for row in pairs]) for key in ("chime_s", "v2v_s", "v2v_without_s")}
    later = {"later_s": median(row["v2v_s"] - row["v2v_without_s"] for row in pairs)} if pairs else {}
    return {"pairs": len(rows), "measured": len(pairs), **times, **later}
