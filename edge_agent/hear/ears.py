"""Ears: frames in, hearings out. Decides when the user has begun, has probably finished, and has finished.

Time is counted in frames of the line; nothing here asks a clock. The engines are handed in, so that a test can script
them (edge_agent/testing.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edge_agent.hear.asr import Transcript
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.finality import Signs, probability
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    AudioFrame,
    Draft,
    EndedBy,
    Finished,
    Heard,
    Hearing,
    Onset,
    Partial,
    Rejected,
    Resumed,
    Samples,
)

FRAME_S = HEAR_FRAME / HEAR_RATE_HZ
PARTIAL_SHARE = 5
"""A partial takes at most a fifth of the time: so often the end of speech falls into one, and waits for it."""
PARTIAL_UNTIL_S = 25.0
"""Beyond, a pass is of several pieces (Whisper's 30 s), and costs seconds."""


class Vad(Protocol):
    def probability(self, samples: Samples) -> float: ...
    def reset(self) -> None: ...


class Endpoint(Protocol):
    def score(self, samples: Samples) -> float: ...


class Asr(Protocol):
    def transcribe(
        self, samples: Samples, *, voiced_s: float | None = None, draft: Sequence[int] = (), final: bool = True
    ) -> Transcript: ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the ears decide. The reasons for the values stand beside the settings, in config.py."""

    speech: float
    """VAD probability at which a frame is speech ..."""
    silence: float
    """... and below which it is silence; between the two it is what the last one was."""
    onset_s: float
    barge_in_s: float
    preroll_s: float
    soft_end_s: float
    rescore_s: float
    max_drafts: int
    max_utterance_s: float
    partial_s: float = 0.0
    """Speech between two looks at what has been said so far; 0 = none."""


class Ears:
    """One listener on one line. Not thread-safe: the hear thread owns it."""

    def __init__(self, vad: Vad, endpoint: Endpoint, asr: Asr, thresholds: Thresholds, hold: HoldPolicy) -> None:
        self._vad, self._endpoint, self._asr = vad, endpoint, asr
        self._at = thresholds
        self._hold = hold
        self._frames: deque[AudioFrame] = deque()
        self._rest()

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking or may go on."""
        return self._listening

    def _rest(self) -> None:
        self._listening = False
        self._loud = False
        self._run = 0
        """Frames of speech in a row, while nobody is known to speak."""
        self._voiced = 0
        self._silent = 0
        self._drafts = 0
        self._onset_s = 0.0
        self._scores: list[float] = []
        """Of this silence."""
        self._pauses: list[float] = []
        """Silences of this turn, in seconds."""
        self._transcript: Transcript | None = None
        """Of this silence."""
        self._ids: tuple[int, ...] = ()
        """The tokens of the last pass of the ASR over this turn: those of the next begin alike."""
        self._looked = 0
        """Frames of speech at that pass."""
        self._costs_s = 0.0
        """What it cost."""

    def abandon(self) -> None:
        """Forget what was being said and listen for the next onset."""
        self._rest()
        self._frames.clear()
        self._vad.reset()

    def hear(self, frame: AudioFrame, *, answering: bool = False) -> Iterator[Hearing]:
        """Take the next 512 samples. `answering`: the agent is being heard, so that speech means barge-in."""
        p = self._vad.probability(frame.samples)
        self._loud = p >= self._at.speech if not self._loud else p >= self._at.silence
        self._frames.append(frame)
        if self._listening:
            yield from self._follow(frame)
        else:
            yield from self._watch(frame, answering)

    def _watch(self, frame: AudioFrame, answering: bool) -> Iterator[Hearing]:
        self._run = self._run + 1 if self._loud else 0
        needed = self._at.barge_in_s if answering else self._at.onset_s
        if self._run * FRAME_S >= needed:
            self._listening = True
            self._voiced = self._run
            self._onset_s = frame.end_s - self._run * FRAME_S
            yield Onset(at_s=self._onset_s)
            return
        keep = self._at.preroll_s + max(self._at.barge_in_s, self._at.onset_s)
        while len(self._frames) * FRAME_S > keep and len(self._frames) > self._run:
            self._frames.popleft()

    def _follow(self, frame: AudioFrame) -> Iterator[Hearing]:
        if self._loud:
            yield from self._go_on(frame)
        else:
            self._silent += 1
            yield from self._wait(frame)
        if self._listening and len(self._frames) * FRAME_S >= self._at.max_utterance_s:
            yield from self._finish(frame, "length")

    def _go_on(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Speech inside a turn: what was prepared in the silence before is void."""
        if self._transcript is not None:
            yield Resumed(at_s=frame.start_s)
        if self._silent:
            self._pauses.append(self._silent * FRAME_S)
        self._voiced += 1
        self._silent = 0
        self._scores = []
        self._transcript = None
        if self._partial_due():
            partial = self._look(self._samples(), final=False)
            if partial.text:
                yield Partial(_heard(partial))

    def _partial_due(self) -> bool:
        """Time to look at what was said so far? Seldom on a slow machine: one under way delays the final pass."""
        pace_s = max(self._at.partial_s, PARTIAL_SHARE * self._costs_s)
        is_due = (self._voiced - self._looked) * FRAME_S >= pace_s
        return self._at.partial_s > 0 and is_due and len(self._frames) * FRAME_S < PARTIAL_UNTIL_S

    def _wait(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Silence inside a turn: prepare an answer, ask whether it sounds finished, or end the turn."""
        since_soft_end = self._silent - _frames(self._at.soft_end_s)
        if since_soft_end < 0:
            return
        if since_soft_end == 0 and self._drafts < self._at.max_drafts:
            yield from self._draft()
        # A turn that surely is finished cannot be held for less: the cores go to its answer.
        elif self._finality() < self._hold.sure and since_soft_end % _frames(self._at.rescore_s) == 0:
            self._scores.append(self._endpoint.score(self._samples()))
        if self._silent * FRAME_S >= self._hold.hold_s(self._finality()):
            yield from self._finish(frame, "silence")

    def _draft(self) -> Iterator[Hearing]:
        """What was said, and does it sound finished? Side by side, as the ASR's decoder leaves a core to spare:
        40 ms sooner than one after the other, and 100 ms sooner than with a score beside the LLM's first words."""
        self._drafts += 1
        samples = self._samples()
        with ThreadPoolExecutor(1) as aside:
            score = aside.submit(self._endpoint.score, samples)
            self._transcript = self._look(samples)
            self._scores.append(score.result())
        if self._transcript.rejected is None:
            yield Draft(_heard(self._transcript))

    def _finality(self) -> float:
        """How probable it is that the turn is over; 0 before anybody was asked."""
        if not self._scores:
            return 0.0
        text = self._transcript.text if self._transcript else ""
        return probability(Signs(tuple(self._scores), text, tuple(self._pauses)))

    def _finish(self, frame: AudioFrame, ended_by: EndedBy) -> Iterator[Hearing]:
        transcript = self._transcript or self._look(self._samples())
        end_s = frame.end_s - self._silent * FRAME_S
        start_s = self._onset_s
        self.abandon()
        if transcript.rejected is not None:
            yield Rejected(reason=transcript.rejected, end_s=end_s)
        else:
            yield Finished(_heard(transcript), start_s=start_s, end_s=end_s, ended_by=ended_by)

    def _look(self, samples: Samples, *, final: bool = True) -> Transcript:
        """Have the ASR look at what was said so far."""
        transcript = self._asr.transcribe(samples, voiced_s=self._voiced * FRAME_S, draft=self._ids, final=final)
        self._ids, self._looked = transcript.ids, self._voiced
        self._costs_s = transcript.mel_s + transcript.encode_s + transcript.decode_s
        return transcript

    def _samples(self) -> Samples:
        return np.concatenate([frame.samples for frame in self._frames])


def _frames(seconds: float) -> int:
    """The least number of frames that last `seconds`, at least one."""
    return max(1, -int(-seconds // FRAME_S))


def _heard(transcript: Transcript) -> Heard:
    return Heard(transcript.text, transcript.language, transcript.confidence)
