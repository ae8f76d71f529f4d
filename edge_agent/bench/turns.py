"""Turns bench: how long from the last word of a recording to the first sound of its answer?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.figures import outcome
from edge_agent.bench.play import Take
from edge_agent.bench.wer import count_errors
from edge_agent.events import Did, HeardText, Saying, TurnFailed
from edge_agent.speak.voice import AUDIBLE
from edge_agent.types import Json, Samples
from edge_agent.watch.latency import stages

WINDOW_S = 0.01
CUT_OFF_S = 0.1
"""A turn ended this long before the annotated end of speech is a cut-off; less may be its own error."""


def bench_turns(
    clips: Sequence[Clip],
    play: Callable[[Clip], Take],
    *,
    repeat: int = 1,
    progress: Callable[[str], object] = lambda line: None,
) -> Json:
    """Play all the clips, `repeat` times over, and judge each. The first turn of all is the cold one.

    Returns, ready for JSON: `cold` (a row), `summary`, `sets` (name of a set -> summary) and `rows`.
    """
    rows: list[Json] = []
    for clip in [clip for _ in range(repeat) for clip in clips]:
        row = judged(clip, play(clip)) | {"cold": not rows}
        rows.append(row)
        progress(f"{len(rows)}/{repeat * len(clips)} {row['set']}/{row['file']}: {outcome(row)}")
    names = dict.fromkeys(row["set"] for row in rows)
    return {
        "cold": rows[0],
        "summary": summary(rows),
        "sets": {name: summary([row for row in rows if row["set"] == name]) for name in names},
        "rows": rows,
    }


def judged(clip: Clip, take: Take) -> Json:
    """The figures of one clip. `v2v_s` counts to the answer to the last words heard.

    `cut_off`: a turn was taken for finished while the file had speech to come, whether or not its answer was
    audible; there is no `v2v_s` then. `cut_off_audibly`: something sounded before that speech was over.
    """
    heard = [event for event in take.events if isinstance(event, HeardText)]
    failed = [event.error for event in take.events if isinstance(event, TurnFailed)]
    marks = take.latency.turns()
    last = marks.get(heard[-1].turn, {}) if heard else {}
    first_s = first_sound(take.sound, take.rate_hz, after_s=last["play"]) if "play" in last else None
    cut_off = any(event.at_s < clip.speech_end_s - CUT_OFF_S for event in heard)
    any_sound_s = first_sound(take.sound, take.rate_hz)
    said = [event for event in take.events if isinstance(event, Saying) and heard and event.turn == heard[-1].turn]
    content_s = _first_content(take, said)
    thrown_away = sum(take.latency.thrown_away(number) for number in marks)
    used = sum("heard" in turn for turn in marks.values())
    return {
        "set": clip.set,
        "file": clip.path.name,
        "language": clip.language,
        "transcript": clip.transcript,
        "heard": [event.text for event in heard],
        "speech_end_s": clip.speech_end_s,
        "first_sound_s": first_s,
        "v2v_s": None if first_s is None or cut_off else first_s - clip.speech_end_s,
        "v2v_content_s": None if content_s is None or cut_off else content_s - clip.speech_end_s,
        "by": next((event.by for event in take.events if isinstance(event, Did)), "llm"),
        "cut_off": cut_off,
        "cut_off_audibly": any_sound_s is not None and any_sound_s < clip.speech_end_s,
        "missed": first_s is None,
        "error": failed[-1] if failed else None,
        "drafts": used + thrown_away,
        "thrown_away": thrown_away,
        "cpu_s": take.cpu_s,
        "stall_s": take.stall_s,
        "stages": _stages(last, clip.speech_end_s),
        "commit_s": last["commit"] - clip.speech_end_s if last else None,
        "dropped": _dropped(take, set(marks), clip.speech_end_s),
        "work": _work(clip, take, said, heard),
    }


def _first_content(take: Take, said: Sequence[Saying]) -> float | None:
    """The first sound that came from no cache."""
    fresh = (event.at_s for event in said if not _is_cached(take, event))
    begun_s = next(fresh, None)
    return None if begun_s is None else first_sound(take.sound, take.rate_hz, after_s=begun_s)


def _is_cached(take: Take, event: Saying) -> bool:
    rendered = take.rendered.get((event.index, event.text))
    return rendered is not None and rendered.cached


def _work(clip: Clip, take: Take, said: Sequence[Saying], heard: Sequence[HeardText]) -> Json:
    """What the stages had to do, for bench/floors.py: seconds of speech and its words, none where it was heard in
    pieces; words of the answer's first fragment, and its sound, none where it came from the cache."""
    first = next((event for event in said if event.index == 0 and not _is_cached(take, event)), None)
    rendered = take.rendered.get((first.index, first.text)) if first else None
    return {
        "speech_s": clip.speech_end_s - clip.speech_start_s,
        "words": len(heard[0].text.split()) if len(heard) == 1 else 0,
        "fragment_words": len(said[0].text.split()) if said else 0,
        "fragment_s": rendered.seconds if rendered else 0.0,
    }


def _dropped(take: Take, numbers: Collection[int], speech_end_s: float) -> list[Json]:
    """The drafts that were thrown away: their stages, and when the user went on. From the annotated end of speech."""
    found = []
    for turn, marks in take.marks.items():
        if turn.number not in numbers or "commit" in marks or "soft_end" not in marks:
            continue
        parts = stages({**marks, "speech_end": speech_end_s})
        resumed_s = next((at_s for at_s in take.resumed_s if at_s >= marks["soft_end"]), None)
        found.append(
            {
                "stages": [asdict(part) for part in parts if part.name != "VAD"],
                "soft_end_s": marks["soft_end"] - speech_end_s,
                "resumed_s": None if resumed_s is None else resumed_s - speech_end_s,
            }
        )
    return found


def _stages(marks: dict[str, float], speech_end_s: float) -> list[Json]:
    """The stages from the annotated end of speech on; watch/latency.py counts from the one that the ears found."""
    if "speech_end" not in marks:
        return []
    late_s = marks["speech_end"] - speech_end_s
    return [{"name": s.name, "start_s": s.start_s + late_s, "seconds": s.seconds} for s in stages(marks)]


def first_sound(sound: Samples, rate_hz: int, after_s: float = 0.0) -> float | None:
    """Time of the first sample from which on 20 ms are above -45 dBFS; None where nothing is.

    The sample itself is that loud, and so is the RMS of the 10 ms from it on and of the 10 ms after those: a
    click fills one such window only, and a window that merely reaches into the sound does not count.
    """
    start, window = round(after_s * rate_hz), round(WINDOW_S * rate_hz)
    tail = sound[start:].astype(np.float64)
    energy = np.concatenate([[0.0], np.cumsum(tail**2)])
    loud = energy[window:] - energy[:-window] >= window * AUDIBLE**2
    first, second = loud[:-window], loud[window:]
    starts = np.flatnonzero(first & second & (np.abs(tail[: len(first)]) >= AUDIBLE))
    return (start + int(starts[0])) / rate_hz if len(starts) else None


def summary(rows: Sequence[Json]) -> Json:
    """Latency, drafts and processor time of the warm turns; cut-offs, missed turns and word errors of all."""
    warm = [row for row in rows if not row["cold"]]
    v2v, content = ([row[key] for row in warm if row[key] is not None] for key in ("v2v_s", "v2v_content_s"))
    by_code = [row for row in warm if row["by"] != "llm" and row["v2v_s"] is not None]
    names = dict.fromkeys(stage["name"] for row in warm for stage in row["stages"])
    parts = {n: [s["seconds"] for row in warm for s in row["stages"] if s["name"] == n] for n in names}
    return {
        "turns": len(rows),
        "measured": len(v2v),
        "v2v_s": spread(v2v),
        "v2v_content_s": spread(content),
        "v2v_by_code_s": spread([row["v2v_s"] for row in by_code]),
        "by_code": len(by_code),
        "cut_off": sum(row["cut_off"] for row in rows),
        "cut_off_rate": _mean([row["cut_off"] for row in rows]),
        "cut_off_audibly": sum(row["cut_off_audibly"] for row in rows),
        "missed": sum(row["missed"] for row in rows),
        "wer": _wer(rows),
        "drafts_per_turn": _mean([row["drafts"] for row in warm]),
        "thrown_away_per_turn": _mean([row["thrown_away"] for row in warm]),
        "cpu_s_per_turn": _mean([row["cpu_s"] for row in warm]),
        "longest_stall_s": max(row["stall_s"] for row in rows),
        "stage_medians_s": {name: float(np.median(seconds)) for name, seconds in parts.items()},
    }


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Median, 90th and 95th percentile, and maximum; None of nothing."""
    if not values:
        return None
    quantiles = {"median": 0.5, "p90": 0.9, "p95": 0.95, "max": 1.0}
    return {name: float(np.quantile(values, q)) for name, q in quantiles.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _wer(rows: Sequence[Json]) -> Json | None:
    """The WER over the turns that have a transcript; a turn in several pieces counts as one text."""
    said = [row for row in rows if row["transcript"]]
    if not said:
        return None
    counts = [count_errors([(row["transcript"], " ".join(row["heard"]))], row["language"]) for row in said]
    errors, words = sum(c.errors for c in counts), sum(c.words for c in counts)
    return {"rate": errors / max(1, words), "errors": errors, "words": words, "turns": len(said)}
