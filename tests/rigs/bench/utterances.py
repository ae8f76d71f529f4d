"""Utterances: speech of any length, cut and joined from clips, to see what grows with the length alone.

Each ends with the whole of one short clip, the same for every length, so that all of them sound equally finished.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.sound import read_16_khz
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench.sound import cut, silence, without_pauses

LEAD_S, TAIL_S = 0.5, 0.1
LEAST_S, MOST_S, BEST_S = 0.6, 1.6, 1.0
"""Length of the speech that may stand at the end, and the one that is preferred."""
LEAST_BEFORE_S = 0.5
"""Less speech in front would be a scrap of a word, which costs the ASR a second pass."""


def write(folder: Path, clips: Sequence[Clip], seconds: float, count: int) -> Path:
    """`count` utterances of `seconds` as files and a manifest in `folder`. Returns the manifest.

    Where the clips hold fewer short ones, some are used again. The speech is `seconds` long, or where only a scrap
    would be missing or too much, as long as its last clip.
    Raises InputError where they hold none.
    """
    # The same words three times over are what a looping ASR makes up, and the guard against that would reject them.
    clips = list({clip.transcript or clip.path: clip for clip in clips}.values())
    short = [clip for clip in clips if LEAST_S <= _length_s(clip) <= MOST_S]
    last = sorted(short, key=lambda clip: abs(_length_s(clip) - BEST_S))
    if not last:
        raise InputError(f"The manifests hold no clip with {LEAST_S} to {MOST_S} s of speech.")
    rows = []
    for i in range(count):
        end = last[i % len(last)]
        before = _joined([clip for clip in clips if clip != end and _length_s(clip) > 0], seconds - _length_s(end))
        ending = cut(read_16_khz(end.path), end.speech_start_s, end.speech_end_s + TAIL_S)
        write_wav(folder / f"{i}.wav", np.concatenate([silence(LEAD_S), before, ending]), HEAR_RATE_HZ)
        end_s = LEAD_S + len(before) / HEAR_RATE_HZ + _length_s(end)
        rows.append({"file": f"{i}.wav", "speech_start_s": LEAD_S, "speech_end_s": end_s, "language": end.language})
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return manifest


def _joined(clips: Sequence[Clip], seconds: float) -> Samples:
    """The last `seconds` of the speech of the clips, one after the other and from the first again. Without pauses:
    behind the first of them the turn might be taken for finished."""
    found: list[Samples] = [silence(0)]
    wanted = round(seconds * HEAR_RATE_HZ) if seconds >= LEAST_BEFORE_S else 0
    while clips and sum(map(len, found)) < wanted:
        clip = clips[(len(found) - 1) % len(clips)]
        found.append(without_pauses(cut(read_16_khz(clip.path), clip.speech_start_s, clip.speech_end_s)))
    joined = np.concatenate(found)
    return joined[len(joined) - wanted :] if wanted else joined[:0]


def _length_s(clip: Clip) -> float:
    return clip.speech_end_s - clip.speech_start_s
