"""Wake bench: how often its name is heard, and taken for said where it was not; and what waiting for it costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edge_agent.bench.clips import read_rows
from edge_agent.bench.sound import read_16_khz
from edge_agent.hear.framing import Framer
from edge_agent.interfaces import Listener
from edge_agent.processes import resident_mb
from edge_agent.resample import resample
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Called, Samples
from tests.rigs.bench import nonspeech
from tests.rigs.bench.wake_sounds import BEFORE_S, Place, SaidName, mixed, placed

Row = dict[str, Any]
Ears = Callable[[], Listener]
"""Makes ears that are called by name, asleep."""
Progress = Callable[[str], object]

CARD_HZ = 48_000
IDLE_S = 120
SPEEDS = (1.0, 0.9, 1.12)
"""Sound without a name is heard at its own speed, and as from a larger and a smaller head."""
NO_SPEECH = frozenset({"noise", "music", "silence", "made up"})
"""The sets in which nobody speaks."""
QUIET_DB = -40.0
"""What is so far below the peak of a name is no part of it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound in which nobody says a name."""

    set: str
    name: str
    samples: Callable[[], Samples]


def bench_recall(
    said: Sequence[SaidName], where: Sequence[Place], noises: Sequence[Samples], ears: Ears, progress: Progress
) -> list[Row]:
    """For each name, kind of voice and place: how many were heard, and how long after the end of the name."""
    cells: dict[tuple[str, str, str], list[float | None]] = {}
    for number, each in enumerate(said):
        for place in where:
            dice = np.random.default_rng([number, len(place.name)])
            called_s = _called(ears(), placed(each, place, noises, dice))
            late_s = None if called_s is None else called_s - BEFORE_S - length_s(each.samples)
            cells.setdefault((each.name, each.voice, place.name), []).append(late_s)
        if number % 20 == 19:
            progress(f"recall: {number + 1}/{len(said)}")
    return [
        {"name": name, "voice": voice, "place": place, **_recall(found)}
        for (name, voice, place), found in cells.items()
    ]


def _recall(found: Sequence[float | None]) -> Row:
    late = [each for each in found if each is not None]
    spread = {"late_s": median(late), "late_p95_s": float(np.quantile(late, 0.95))} if late else {}
    return {"said": len(found), "heard": len(late), **spread}


def length_s(samples: Samples) -> float:
    """Where a name ends: its last sample that is not QUIET_DB below its peak."""
    loud = np.flatnonzero(np.abs(samples) >= np.abs(samples).max() * 10 ** (QUIET_DB / 20))
    return float(loud[-1]) / HEAR_RATE_HZ


def _called(ears: Listener, sound: Samples) -> float | None:
    """Time at which the name was heard."""
    for frame in frames_of(sound):
        for hearing in ears.hear(frame):
            if isinstance(hearing, Called):
                return hearing.at_s
    return None


def frames_of(sound: Samples) -> Iterable[AudioFrame]:
    """Whole frames of `hear`."""
    return (
        AudioFrame(sound[at : at + HEAR_FRAME], HEAR_RATE_HZ, at)
        for at in range(0, len(sound) - HEAR_FRAME + 1, HEAR_FRAME)
    )


def bench_false_alarms(stretches: Sequence[Stretch], ears: Ears, progress: Progress) -> Row:
    """Whatever is heard in these is a false alarm. Ears that were called wrongly go to sleep again at once."""
    rows = list[Row]()
    for number, stretch in enumerate(stretches):
        sound, listener, names = stretch.samples(), ears(), list[str]()
        for frame in frames_of(sound):
            heard = [hearing.name for hearing in listener.hear(frame) if isinstance(hearing, Called)]
            if heard:
                names += heard
                listener = ears()
        rows.append({"set": stretch.set, "file": stretch.name, "seconds": len(sound) / HEAR_RATE_HZ, "names": names})
        if names or number % 50 == 49:
            progress(f"false alarms: {number + 1}/{len(stretches)} {stretch.set}/{stretch.name}: {len(names)}")
    sets = {row["set"] for row in rows}
    return {
        "sets": {name: _alarms([row for row in rows if row["set"] == name]) for name in sorted(sets)},
        "alarms": [row for row in rows if row["names"]],
    }


def _alarms(rows: Sequence[Row]) -> Row:
    names = [name for row in rows for name in row["names"]]
    hours = sum(row["seconds"] for row in rows) / 3600
    return {"clips": len(rows), "hours": hours, "alarms": {name: names.count(name) for name in dict.fromkeys(names)}}


def stretches(manifests: Sequence[Path], names: Sequence[str], minutes: range) -> list[Stretch]:
    """The clips in whose transcript no word of a name stands, and these minutes of made-up sound."""
    words = {word for name in names for word in name.split("_")} - {"hey", "okay"}
    found = [
        Stretch(manifest.resolve().parent.name, f"{row['file']} at {speed}", partial(_at, manifest, row, speed))
        for speed in SPEEDS
        for manifest in manifests
        for row in read_rows(manifest)
        if row.get("kind") != "rir" and not words & set(str(row.get("transcript") or "").lower().split())
    ]
    made = [Stretch("made up", f"minute {number}", partial(nonspeech.minute, number)) for number in minutes]
    return found + made


def mixtures(others: Sequence[Stretch], rooms: Sequence[Samples], minutes: range) -> list[Stretch]:
    """These minutes of talk, mixed of those clips among the others that are speech."""
    if not minutes:
        return []
    clips = [each.samples() for each in others if each.set not in NO_SPEECH and each.name.endswith(" at 1.0")]
    return [Stretch("mixed", f"minute {number}", partial(mixed, number, clips, rooms)) for number in minutes]


def _at(manifest: Path, row: Row, speed: float) -> Samples:
    return resample(read_16_khz(manifest.parent / row["file"]), round(speed * HEAR_RATE_HZ), HEAR_RATE_HZ)


def bench_idle(ears: Ears) -> Row:
    """What waiting costs, from the sound card's 48 kHz on: processor time for each second of a quiet room, memory."""
    before_mb = resident_mb(os.getpid())
    listener, framer = ears(), Framer()
    dice = np.random.default_rng(0)
    blocks = [(1e-3 * dice.standard_normal(CARD_HZ // 100)).astype(np.float32) for _ in range(100)]
    begun_s = 0.0
    for number in range(100 * (IDLE_S + 1)):
        if number == 100:  # the first second loads
            begun_s = time.process_time()
        block = AudioFrame(blocks[number % 100], CARD_HZ, number * CARD_HZ // 100)
        for frame in framer.push(block):
            for hearing in listener.hear(frame):
                raise AssertionError(hearing)
    return {"cpu_share": (time.process_time() - begun_s) / IDLE_S, "memory_mb": resident_mb(os.getpid()) - before_mb}
