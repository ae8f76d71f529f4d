"""Pauses: what the ears would know in every silence of a recording, whatever they would then decide.

The engines run once a clip; any number of policies can be judged on the outcome (bench/endpoint.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.errors import InputError
from edge_agent.hear.framing import FRAME_S, Framer
from edge_agent.hear.thresholds import Thresholds
from edge_agent.interfaces import Asr, Endpoint, Vad
from edge_agent.lines.audio_file import read_audio
from edge_agent.types import HEAR_FRAME, AudioFrame, Samples

LEAST_S, LONGEST_S = 0.2, 5.0
"""A silence inside a turn that lasts so long is a hold span (eot-bench)."""
TAIL_S = 5.0
"""How far beyond the end of speech; where the file is shorter, silence, as the line of `talk --input` gives it."""
DENSE, EVERY, UNTIL = 11, 3, 50
"""Scores are taken at each of the first frames from the soft end on, then at every third one up to 1.6 s."""


@dataclass(frozen=True, slots=True)
class Pause:
    """One silence after the onset of a turn that reaches the soft end."""

    start_s: float
    """Where the VAD heard speech last."""
    length_s: float | None
    """Until speech came again; None where it never did."""
    voiced_s: float
    """Frames of speech so far."""
    text: str
    """What the ASR makes of all that was said so far, at the soft end; "" where it was rejected."""
    scores: tuple[tuple[float, float], ...]
    """(seconds of silence, Smart Turn's probability), in the order of time."""

    def score_at(self, silence_s: float) -> float:
        """The last score that was taken at or before `silence_s`; 0 before the first."""
        return next((value for at_s, value in reversed(self.scores) if at_s <= silence_s + 1e-6), 0.0)


@dataclass(frozen=True, slots=True)
class Replay:
    """One clip: its pauses, those after the end of speech included; none where the VAD heard nobody."""

    set: str
    file: str
    speaker: str
    speech_end_s: float
    incomplete: bool
    """The transcript ends in "...": a turn to which nobody should be quick to answer."""
    pauses: tuple[Pause, ...]

    def before(self, number: int) -> tuple[float, ...]:
        """Lengths of the pauses before pause `number`."""
        return tuple(pause.length_s for pause in self.pauses[:number] if pause.length_s is not None)

    def is_inside(self, pause: Pause) -> bool:
        """Whether speech came after it, by the annotation."""
        return pause.length_s is not None and pause.start_s + pause.length_s < self.speech_end_s

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Replay:
        pauses = tuple(
            Pause(**(p | {"scores": tuple((float(s), float(v)) for s, v in p["scores"])})) for p in row["pauses"]
        )
        return cls(**(row | {"pauses": pauses}))


def replay_all(
    clips: Sequence[Clip],
    vad: Vad,
    endpoint: Endpoint,
    asr: Asr,
    at: Thresholds,
    *,
    progress: Callable[[str], object] = lambda line: None,
) -> list[Replay]:
    replays = []
    for clip in clips:
        replays.append(replay(clip, vad, endpoint, asr, at))
        inside = sum(replays[-1].is_inside(pause) for pause in replays[-1].pauses)
        progress(f"{len(replays)}/{len(clips)} {clip.set}/{clip.path.name}: {inside} pauses")
    return replays


def read_replays(results: Sequence[Path]) -> list[Replay]:
    """The replays in the `rows` of endpoint.json files. Raises InputError for a file that is none."""
    replays = []
    for path in results:
        try:
            replays += [Replay.from_json(row) for row in json.loads(path.read_text("utf-8"))["rows"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} holds no result of the bench `endpoint`: {error!r}.") from error
    return replays


def replay(clip: Clip, vad: Vad, endpoint: Endpoint, asr: Asr, at: Thresholds) -> Replay:
    """Run the engines over a clip. What is said before a pause is scored and transcribed as the ears would."""
    samples = heard(clip)
    vad.reset()
    loud = np.array(list(_loud(samples, vad, at)))
    first = _onset(loud, at)
    begin = max(0, first - round(at.preroll_s / FRAME_S)) * HEAR_FRAME
    soft_end = max(1, -int(-at.soft_end_s // FRAME_S))
    pauses = []
    for start, end in _silences(loud, first):
        frames = (len(loud) if end is None else end) - start
        if frames < soft_end:
            continue
        voiced_s = float(loud[first:start].sum()) * FRAME_S
        said = [samples[begin : (start + silent) * HEAR_FRAME] for silent in range(frames + 1)]
        pauses.append(
            Pause(
                start_s=start * FRAME_S,
                length_s=None if end is None else frames * FRAME_S,
                voiced_s=voiced_s,
                text=asr.transcribe(said[soft_end], voiced_s=voiced_s).text,
                scores=tuple((k * FRAME_S, endpoint.score(said[k])) for k in _ticks(soft_end, frames)),
            )
        )
    incomplete = (clip.transcript or "").rstrip().endswith(("...", "…"))
    return Replay(clip.set, clip.path.name, clip.speaker, clip.speech_end_s, incomplete, tuple(pauses))


def heard(clip: Clip) -> Samples:
    """The clip as the ears get it, 5 s beyond the end of speech: float32 at 16 kHz, a whole number of frames."""
    samples, rate_hz = read_audio(clip.path)
    framer = Framer()
    wanted = round((clip.speech_end_s + TAIL_S) * rate_hz)
    whole = np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))
    frames = [*framer.push(AudioFrame(whole, rate_hz, 0)), *framer.flush()]
    return np.concatenate([frame.samples for frame in frames])


def _loud(samples: Samples, vad: Vad, at: Thresholds) -> Iterator[bool]:
    """Speech or not, frame by frame, with the hysteresis of the ears."""
    loud = False
    for i in range(0, len(samples), HEAR_FRAME):
        p = vad.probability(samples[i : i + HEAR_FRAME])
        loud = p >= (at.silence if loud else at.speech)
        yield loud


def _onset(loud: Sequence[bool] | np.ndarray[Any, Any], at: Thresholds) -> int:
    """The first frame of the run of speech that opens the turn; the end where there is none."""
    run = 0
    for i, is_loud in enumerate(loud):
        run = run + 1 if is_loud else 0
        if run * FRAME_S >= at.onset_s:
            return i + 1 - run
    return len(loud)


def _silences(loud: np.ndarray[Any, Any], first: int) -> Iterator[tuple[int, int | None]]:
    """(first silent frame, frame at which there is speech again or None) after the frame `first`."""
    start = None
    for i in range(first, len(loud)):
        if not loud[i] and start is None:
            start = i
        elif loud[i] and start is not None:
            yield start, i
            start = None
    if start is not None:
        yield start, None


def _ticks(soft_end: int, frames: int) -> list[int]:
    """After how many frames of a silence of `frames` the endpoint model is asked."""
    return [k for k in range(soft_end, min(frames, UNTIL) + 1) if k <= DENSE or (k - DENSE) % EVERY == 0]
