"""False turns: how often does the agent answer where nobody has spoken? On noise, music and silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.bench.clips import read_rows
from edge_agent.bench.play import rooms_for
from edge_agent.bench.sound import read_16_khz
from edge_agent.clock import ManualClock
from edge_agent.errors import InputError
from edge_agent.lines.wav import WavLine
from edge_agent.run.inline import InlineConversation
from edge_agent.run.stage import Rooms
from edge_agent.types import HEAR_RATE_HZ, Event, HeardText, Samples, SpeechStarted

LINGER_S = 2.0
"""Longer than the longest hold, so that a turn that the last sound began is still counted."""

Row = dict[str, Any]


def read_sounds(manifests: Sequence[Path], limit: int = 0) -> list[tuple[str, Path]]:
    """Set and file of all clips without speech, at most `limit` of each manifest. Raises InputError without any."""
    found = []
    for manifest in manifests:
        quiet = [row for row in read_rows(manifest) if row.get("speech_end_s") is None and not row.get("transcript")]
        found += [(manifest.resolve().parent.name, manifest.parent / row["file"]) for row in quiet[: limit or None]]
    if not found:
        raise InputError("The manifests hold no clip without speech: every one has speech_end_s or a transcript.")
    return found


def bench_false_turns(
    sounds: Sequence[tuple[str, Path]],
    rooms: Rooms,
    *,
    seconds: float = 60.0,
    progress: Callable[[str], object] = lambda line: None,
) -> Row:
    """Play each sound, over and over until `seconds` are full, on a virtual clock: what is counted has no latency.

    Returns, ready for JSON: `summary`, `sets` (name -> summary) and `rows`. `onsets`: somebody seemed to speak;
    `answers`: something was understood, and the LLM asked.
    """
    rows: list[Row] = []
    for name, path in sounds:
        row = {
            "set": name,
            "file": path.name,
            "seconds": seconds,
            **_counts(_filled(read_16_khz(path), seconds), rooms),
        }
        rows.append(row)
        progress(f"{len(rows)}/{len(sounds)} {name}/{path.name}: {row['onsets']} onsets, {row['answers']} answers")
    names = dict.fromkeys(row["set"] for row in rows)
    return {
        "summary": _summary(rows),
        "sets": {name: _summary([row for row in rows if row["set"] == name]) for name in names},
        "rows": rows,
    }


def _filled(sound: Samples, seconds: float) -> Samples:
    """The sound again and again, `seconds` long."""
    return np.resize(sound, round(seconds * HEAR_RATE_HZ))


def _counts(sound: Samples, rooms: Rooms) -> Row:
    events: list[Event] = []
    line = WavLine((sound, HEAR_RATE_HZ), output_rate_hz=rooms.voice.rate_hz, clock=ManualClock(), paced=False)
    InlineConversation(line, rooms_for(rooms), on_event=events.append, linger_s=LINGER_S).run()
    heard = [event.text for event in events if isinstance(event, HeardText)]
    onsets = sum(isinstance(event, SpeechStarted) for event in events)
    return {"onsets": onsets, "answers": len(heard), "heard": " / ".join(heard)}


def _summary(rows: Sequence[Row]) -> Row:
    seconds, answers = sum(row["seconds"] for row in rows), sum(row["answers"] for row in rows)
    onsets = sum(row["onsets"] for row in rows)
    return {
        "clips": len(rows),
        "seconds": seconds,
        "onsets": onsets,
        "answers": answers,
        "answers_per_60_s": 60 * answers / seconds,
        "worst": max((row["answers"] for row in rows), default=0),
    }
