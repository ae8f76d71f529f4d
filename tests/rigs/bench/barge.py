"""Barge-in bench: the user speaks into the answer. How soon is the agent silent?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from edge_agent.agent.briefs import Briefs
from edge_agent.bench.clips import Clip
from edge_agent.bench.play import RunningConversation, Take, play
from edge_agent.bench.sound import read_16_khz
from edge_agent.bench.turns import first_sound, spread
from edge_agent.events import Event, Interrupted, Saying
from edge_agent.host.engines import Engines, Writer
from edge_agent.speak.voice import AUDIBLE
from edge_agent.think.brief import Brief, Part
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench.sound import silence

GAPS_S = (2.4, 2.53, 2.71, 2.86, 3.02)
"""From the end of the question to the interrupting clip, in turn: the longest hold, and the answer's first second."""
STOPPED_S = 0.3
"""What sounds later than this after the interruption is another answer."""
PATIENCE_S = 1.0
"""An interruption that has not been noticed this long after its last word is missed ..."""
ANSWERED_S = 8.0
"""... and one that has not been answered this long after it is not waited for any longer."""

STORY = "Please tell me a very long story with many sentences, about a fisherman who is lost in a storm."
"""Qwen 0.5B writes a hundred words: half a minute of speech, and four seconds of work that the interruption meets."""

Row = dict[str, Any]


class Storyteller:
    """A writer that is asked for a story, whatever was heard: an answer to the clips may be over too soon."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None:
        self._writer.prepare(brief, wanted)

    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
        *past, asked = brief.messages
        story = replace(asked, text=STORY)
        return self._writer.write(replace(brief, messages=(*past, story)), wanted)


def bench_barge(
    clips: Sequence[Clip],
    engines: Engines,
    briefs: Callable[[], Briefs],
    *,
    wait_s: float = 0.0,
    progress: Callable[[str], object] = lambda line: None,
) -> Row:
    """Ask with the first clip, and speak each of the clips into the answer. All as in `talk` but for `STORY`.

    `wait_s`: beyond `GAPS_S`, where answers begin late.

    Returns, ready for JSON: `summary` and `rows`. `stop_s` counts from the annotated onset of the interrupting speech
    to the last audible sample of the answer, `decision_s` to the event `interrupted`, before which the answer waits. A
    clip into whose speech no answer sounds is `unanswered`, one that stops the answer before it has begun `early`, one
    that comes between two sentences and keeps the next from sounding `pausing`: they have no figure. `v2v_s`: from the
    annotated end of the clip to the first sound of the answer to it.
    """
    question = read_16_khz(clips[0].path)
    rows: list[Row] = []
    for i, clip in enumerate(clips):
        sound, onset_s = interruption(question, clips[0].speech_end_s, clip, GAPS_S[i % len(GAPS_S)] + wait_s)
        end_s = onset_s + clip.speech_end_s - clip.speech_start_s
        talkative = replace(engines, writer=Storyteller(engines.writer))
        take = play((sound, HEAR_RATE_HZ), talkative, briefs(), partial(_is_over, end_s=end_s))
        rows.append({"set": clip.set, "file": clip.path.name, **judged(take, onset_s), "v2v_s": v2v_s(take, end_s)})
        progress(f"{i + 1}/{len(clips)} {clip.set}/{clip.path.name}: {outcome(rows[-1])}")
    return {"question": clips[0].path.name, "summary": summary(rows), "rows": rows}


def interruption(question: Samples, question_end_s: float, clip: Clip, gap_s: float) -> tuple[Samples, float]:
    """The question, a gap after its last word, and the clip; and where the clip's speech begins."""
    missing_s = question_end_s + gap_s - len(question) / HEAR_RATE_HZ
    before = np.concatenate([question, silence(max(0.0, missing_s))])
    return np.concatenate([before, read_16_khz(clip.path)]), len(before) / HEAR_RATE_HZ + clip.speech_start_s


def judged(take: Take, onset_s: float) -> Row:
    """The figures of one interruption, whose speech began at `onset_s`."""
    cut = _cut(take.events)
    answer_s = first_sound(take.sound, take.rate_hz)
    row: Row = {"onset_s": onset_s, "answer_s": answer_s, "stop_s": None, "decision_s": None}
    row["pausing"] = False
    row["unanswered"] = answer_s is None or answer_s >= onset_s
    row["missed"] = not row["unanswered"] and cut is None
    row["early"] = not row["unanswered"] and cut is not None and cut.at_s < onset_s
    if cut is not None and not row["unanswered"] and not row["early"]:
        row["decision_s"] = cut.at_s - onset_s
        later = [event.at_s for event in _after(take.events, cut)]
        silent_s = last_sound(take.sound, take.rate_hz, min([cut.at_s + STOPPED_S, *later])) - onset_s
        row["pausing"] = silent_s <= 0
        row["stop_s"] = silent_s if silent_s > 0 else None
    return row


def v2v_s(take: Take, end_s: float) -> float | None:
    """From the end of the interruption to the answer to it; None where none came."""
    cut = _cut(take.events)
    answers = [event.at_s for event in _after(take.events, cut)] if cut else []
    return answers[0] - end_s if answers else None


def last_sound(sound: Samples, rate_hz: int, before_s: float) -> float:
    """Time of the last audible sample before `before_s`; 0 where there is none."""
    loud = np.flatnonzero(np.abs(sound[: round(before_s * rate_hz)]) >= AUDIBLE)
    return float(loud[-1] + 1) / rate_hz if len(loud) else 0.0


def summary(rows: Sequence[Row]) -> Row:
    counts = {name: sum(row[name] for row in rows) for name in ("missed", "early", "unanswered", "pausing")}
    measured = ("stop_s", "decision_s", "v2v_s")
    times = {name: spread([row[name] for row in rows if row.get(name) is not None]) for name in measured}
    return {"clips": len(rows), "measured": sum(row["stop_s"] is not None for row in rows), **times, **counts}


def outcome(row: Row) -> str:
    """What became of one interruption."""
    named = next((name for name in ("unanswered", "missed", "early", "pausing") if row[name]), None)
    return named or f"silent after {row['stop_s'] * 1000:.0f} ms"


def _is_over(playing: RunningConversation, end_s: float) -> bool:
    now_s, events = playing.line.now_s(), list(playing.events)
    cut = _cut(events)
    if cut is None:
        return now_s >= end_s + PATIENCE_S
    return (bool(_after(events, cut)) and now_s >= cut.at_s + STOPPED_S) or now_s >= end_s + ANSWERED_S


def _cut(events: Sequence[Event]) -> Interrupted | None:
    return next((event for event in events if isinstance(event, Interrupted)), None)


def _after(events: Sequence[Event], cut: Interrupted) -> list[Saying]:
    """What is said in a later turn."""
    return [event for event in events if isinstance(event, Saying) and event.turn > cut.turn]
