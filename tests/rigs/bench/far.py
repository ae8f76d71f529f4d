"""Far: does the VAD hear who is quiet, far away or in an echoing room, and what else does it take for speech?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from edge_agent.bench.clips import Clip, read_rows
from edge_agent.bench.sound import read_16_khz
from edge_agent.hear.framing import FRAME_S
from edge_agent.hear.thresholds import Thresholds
from edge_agent.interfaces import Vad
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Json, Samples
from tests.rigs.room.room import USER_DBFS, at_level, reverberant
from tests.rigs.room.scenes import place

QUIETER_DB = (0.0, 12.0, 20.0)
"""How much quieter than a user of the room is usually, at the microphone."""
SELF_NOISE_DBFS = -66.0
"""The noise of a cheap microphone in a quiet room."""
AROUND_S = 0.5
"""Silence before (unless it is told otherwise) and behind each utterance."""

Places = Sequence[tuple[str, Callable[[Samples, float], Samples]]]


def places(rooms: int, responses: Sequence[Path]) -> Places:
    """Near the microphone, through measured responses, and in made-up rooms: sound, dBFS -> what arrives."""
    voice = np.zeros(HEAR_RATE_HZ, np.float32) + 0.1
    made_up = [("made-up room", place(seed, voice, 0.0).user) for seed in range(rooms)]
    measured = [("measured response", _through(read_16_khz(each))) for each in responses]
    return [("near", at_level), *measured, *made_up]


def _through(response: Samples) -> Callable[[Samples, float], Samples]:
    return lambda sound, dbfs: at_level(reverberant(sound, response), dbfs)


def bench_recall(
    vad: Vad, clips: Sequence[Clip], where: Places, at: Thresholds, *, behind_s: float = AROUND_S
) -> list[Json]:
    """Of the clips, in how many a turn begins, and in how many an answer is interrupted; by place and level. Each is
    behind so much silence."""
    found: dict[tuple[str, float], list[float]] = {}
    dice = np.random.default_rng(1)
    around = round(behind_s * HEAR_RATE_HZ), round(AROUND_S * HEAR_RATE_HZ)
    for clip in clips:
        said = read_16_khz(clip.path)[round(clip.speech_start_s * HEAR_RATE_HZ) :]
        said = said[: round((clip.speech_end_s - clip.speech_start_s) * HEAR_RATE_HZ)]
        for name, arrives in where:
            for quieter_db in QUIETER_DB:
                sound = np.pad(arrives(said, USER_DBFS - quieter_db), around)
                noise = dice.normal(0, 10 ** (SELF_NOISE_DBFS / 20), len(sound))
                longest = max(_runs(vad, (sound + noise).astype(np.float32), at.speech), default=0.0)
                found.setdefault((name, quieter_db), []).append(longest)
    return [
        {
            "place": name,
            "quieter_db": quieter_db,
            "utterances": len(longest),
            "heard": float(np.mean(np.array(longest) >= at.onset_s)),
            "interrupts": float(np.mean(np.array(longest) >= at.barge_in_s)),
        }
        for (name, quieter_db), longest in found.items()
    ]


def bench_others(vad: Vad, sounds: Sequence[Path], at: Thresholds) -> Json:
    """How often something else than speech would begin a turn, or interrupt an answer; as recorded, and 12 dB down."""
    onsets = interruptions = 0
    seconds = 0.0
    for path in sounds:
        for level in (1.0, 0.25):
            sound = read_16_khz(path) * np.float32(level)
            runs = list(_runs(vad, sound, at.speech))
            seconds += len(sound) / HEAR_RATE_HZ
            onsets += sum(each >= at.onset_s for each in runs)
            interruptions += sum(each >= at.barge_in_s for each in runs)
    return {"sounds": len(sounds), "minutes": seconds / 60, "onsets": onsets, "interruptions": interruptions}


def without_speech(manifests: Sequence[Path]) -> list[Path]:
    """The files of the clips in which nobody speaks."""
    return [
        manifest.parent / row["file"]
        for manifest in manifests
        for row in read_rows(manifest)
        if row.get("speech_end_s") is None and not row.get("transcript") and row.get("kind") != "rir"
    ]


def _runs(vad: Vad, sound: Samples, speech: float) -> Iterator[float]:
    """The seconds of each stretch that is taken for speech."""
    vad.reset()
    run = 0
    for at in range(0, len(sound) - HEAR_FRAME + 1, HEAR_FRAME):
        if vad.probability(sound[at : at + HEAR_FRAME]) >= speech:
            run += 1
        elif run:
            yield run * FRAME_S
            run = 0
    if run:
        yield run * FRAME_S
