"""False turns: how often does the agent answer where nobody has spoken? On noise, music and silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.agent.briefs import Briefs
from edge_agent.bench.clips import read_rows
from edge_agent.bench.sound import read_16_khz
from edge_agent.clock import ManualClock
from edge_agent.errors import InputError
from edge_agent.events import Event, HeardText, SpeechStarted
from edge_agent.host.engines import Engines
from edge_agent.host.inline import InlineHost
from edge_agent.lines.wav import WavLine
from edge_agent.run.inline import InlineConversation
from edge_agent.speak.apology import Apology
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench import nonspeech

LINGER_S = 2.0
"""Longer than the longest hold, so that a turn that the last sound began is still counted."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound without speech, to be made or read when its turn comes."""

    set: str
    name: str
    samples: Callable[[], Samples]


def read_sounds(manifests: Sequence[Path], limit: int = 0, seconds: float = 60.0) -> list[Sound]:
    """All clips without speech, at most `limit` of each manifest, each over and over until `seconds` are full.

    Raises InputError for a manifest without any.
    """
    found = []
    for manifest in manifests:
        quiet = [row for row in read_rows(manifest) if row.get("speech_end_s") is None and not row.get("transcript")]
        for row in quiet[: limit or None]:
            samples = partial(_filled, manifest.parent / row["file"], seconds)
            found.append(Sound(manifest.resolve().parent.name, Path(row["file"]).name, samples))
    if manifests and not found:
        raise InputError("The manifests hold no clip without speech: every one has speech_end_s or a transcript.")
    return found


def made_up(first_hour: int, hours: int) -> list[Sound]:
    """These hours of the made-up sounds, minute by minute."""
    minutes = range(60 * first_hour, 60 * (first_hour + hours))
    return [Sound(nonspeech.kind(number), f"minute {number}", partial(nonspeech.minute, number)) for number in minutes]


def bench_false_turns(
    sounds: Sequence[Sound], engines: Engines, *, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Play each sound in a conversation of its own, on a virtual clock: what is counted has no latency.

    Returns, ready for JSON: `summary`, `sets` (name -> summary) and `rows`. `onsets`: somebody seemed to speak;
    `answers`: something was understood, and the LLM asked.
    """
    rows: list[Row] = []
    for sound in sounds:
        samples = sound.samples()
        about = {"set": sound.set, "file": sound.name, "seconds": len(samples) / HEAR_RATE_HZ}
        row = {**about, **_counts(samples, engines)}
        rows.append(row)
        said = f"{row['onsets']} onsets, {row['answers']} answers"
        progress(f"{len(rows)}/{len(sounds)} {sound.set}/{sound.name}: {said}")
    names = dict.fromkeys(row["set"] for row in rows)
    return {
        "summary": _summary(rows),
        "sets": {name: _summary([row for row in rows if row["set"] == name]) for name in names},
        "rows": rows,
    }


def _filled(path: Path, seconds: float) -> Samples:
    """The sound of the file again and again, `seconds` long."""
    return np.resize(read_16_khz(path), round(seconds * HEAR_RATE_HZ))


def _counts(sound: Samples, engines: Engines) -> Row:
    events: list[Event] = []
    line = WavLine((sound, HEAR_RATE_HZ), output_rate_hz=engines.voice.rate_hz, clock=ManualClock(), paced=False)
    silent = replace(engines, apology=Apology(engines.voice.rate_hz, volume=0))
    host = InlineHost(silent, ManualClock())
    InlineConversation(line, host, Briefs(""), on_event=events.append, linger_s=LINGER_S).run()
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
