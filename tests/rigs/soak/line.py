"""Line: an endless tape that speaks the plans one after the other, each when the turn before is over or to be cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.line import Source
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples
from tests.rigs.soak.engines import Known, level_of
from tests.rigs.soak.plan import Plan
from tests.rigs.soak.referee import Referee

FRAME_S = HEAR_FRAME / HEAR_RATE_HZ
PAUSE_S = 0.25
"""Of whoever goes on: long enough for an answer to be begun, and too short to end the turn."""
PATIENCE_S = 60.0
"""A turn that has not ended so long after its speech is lost, and the next begins."""
REST_S = 2.0
"""After a recording: the ears may have another turn in hand."""
LOST_FRAMES = 5

_SILENCE: Samples = np.zeros(HEAR_FRAME, np.float32)


class SoakSource:
    """32 ms a read, on a virtual clock. In `known` are the plans that an engine may still be asked about."""

    rate_hz = HEAR_RATE_HZ

    def __init__(
        self,
        plans: Iterable[Plan],
        referee: Referee,
        clock: ManualClock,
        *,
        known: Known,
        on_plan: Callable[[Plan | None], object],
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_plan` is told of each plan before its silence, and with None that there are no more."""
        self._referee, self._clock, self._known, self._on_plan = referee, clock, known, on_plan
        self._settle = settle
        self.on_trouble: Callable[[Plan], object] | None = None
        """Sees to what goes wrong with the sound; without it the tape does."""
        self._sound = self._all(plans)
        self._closed = False
        self.at = 0
        """Samples so far."""

    def read(self) -> AudioFrame | None:
        self._settle()
        self._referee.look()
        sound = None if self._closed else next(self._sound, None)
        if sound is None:
            return None
        start, self.at = self.at, self.at + HEAR_FRAME
        self._clock.sleep_until(self.at / self.rate_hz)
        return AudioFrame(sound, self.rate_hz, start)

    def close(self) -> None:
        self._closed = True

    def _all(self, plans: Iterable[Plan]) -> Iterator[Samples]:
        plan: Plan | None = None
        for plan in plans:
            self._on_plan(plan)
            yield from _silence(plan.gap_s)
            self._referee.begin(plan)
            self._known[plan.name] = plan
            yield from self._spoken(plan)
            yield from self._waiting(plan, plan.cut_s)
            while len(self._known) > 2:
                del self._known[next(iter(self._known))]
        if plan:
            yield from self._waiting(plan, None)
        self._referee.end()
        self._on_plan(None)

    def _spoken(self, plan: Plan) -> Iterator[Samples]:
        if plan.recording is not None:
            whole = len(plan.recording) // HEAR_FRAME * HEAR_FRAME
            yield from plan.recording[:whole].reshape(-1, HEAR_FRAME)
            yield from _silence(REST_S)
            return
        level = np.full(HEAR_FRAME, level_of(plan), np.float32)
        frames = round(plan.speech_s / FRAME_S)
        for number in range(frames):
            if plan.kind == "frames are lost" and number == frames // 2:
                self._lose_frames(plan)
            if plan.kind == "goes on" and number == frames // 2:
                yield from _silence(PAUSE_S)
            lost = plan.kind == "microphone is lost" and not self.on_trouble and number > frames // 2
            yield _SILENCE if lost else level
        if plan.kind == "microphone is lost" and self.on_trouble:
            self.on_trouble(plan)

    def _lose_frames(self, plan: Plan) -> None:
        if self.on_trouble:
            self.on_trouble(plan)
        else:
            self.at += LOST_FRAMES * HEAR_FRAME

    def _waiting(self, plan: Plan, cut_s: float | None) -> Iterator[Samples]:
        """Silence until the turn is over, or its answer has lasted for `cut_s`."""
        left = float("inf") if cut_s is None else round(cut_s / FRAME_S)
        for _ in range(round(PATIENCE_S / FRAME_S)):
            if self._referee.is_over(plan):
                return
            if self._referee.is_answering(plan):
                left -= 1
                if left < 0:
                    return
            yield _SILENCE


class SoakSink:
    """Nobody listens but the referee. `waits`: a thread's block may not sound before the tape has come to it."""

    def __init__(self, rate_hz: int, referee: Referee, clock: ManualClock, *, waits: bool) -> None:
        self.rate_hz = rate_hz
        self._referee, self._clock, self._waits = referee, clock, waits
        self._cursor_s = 0.0
        self._closed = False
        self._writing = False

    @property
    def waiting(self) -> bool:
        """Whether a block waits for the tape: no longer once the tape is there, even if nobody has seen it yet."""
        return self._writing and self._clock.now() < self._cursor_s

    @property
    def audible(self) -> bool:
        return self._referee.is_audible()

    def write(self, samples: Samples) -> None:
        self._cursor_s = max(self._cursor_s, self._clock.now() - FRAME_S)
        self._writing = self._waits
        while self.waiting and not self._closed:
            os.sched_yield()
        self._writing = False
        self._cursor_s += len(samples) / self.rate_hz
        self._referee.on_sound(len(samples) / self.rate_hz)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._closed = True


class SoakLine:
    ended_s = None
    """It ends when its source does."""

    def __init__(self, source: Source, sink: SoakSink, clock: ManualClock) -> None:
        self.source, self.sink, self._clock = source, sink, clock

    def now_s(self) -> float:
        return self._clock.now()

    def close(self) -> None:
        self.source.close()
        self.sink.close()


def _silence(seconds: float) -> Iterator[Samples]:
    for _ in range(round(seconds / FRAME_S)):
        yield _SILENCE
