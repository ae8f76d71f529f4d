"""Link: one session's end of the bridge. Jobs go in on the loop, reports come out on the loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from edge_agent.serve.engines import Engines
from edge_agent.serve.jobs import (
    Answer,
    Forget,
    Job,
    Listen,
    Progress,
    Report,
    Say,
    Sound,
    Stop,
    Transcribe,
    Transcribed,
)
from edge_agent.serve.listening import Listening
from edge_agent.serve.metrics import Watch
from edge_agent.think.brief import Written
from edge_agent.types import HEAR_RATE_HZ, AudioFrame, Failure, Finished, Onset, Voiced

MOST_UNFINISHED = 64
"""Answers, texts to be spoken and transcriptions of one session: more are refused."""
MOST_WAITING_S = 600.0
"""Sound of one session that may wait to be heard: 38 MB."""
SLICE = HEAR_RATE_HZ // 2
"""Samples that are heard before another session's turn comes."""
TOO_MANY = "Too many requests wait for an answer."


class Slice(NamedTuple):
    """A piece of Sound on its way to the ears."""

    frame: AudioFrame
    answering: bool
    sent_s: float
    """Clock."""
    era: int
    """How often the session had asked to forget what is being heard."""


class Crossing(NamedTuple):
    """A report on its way to the loop."""

    report: Report
    era: int
    at_s: float
    """Of Finished: when the user's last word was over (clock)."""


class Link:
    """`send` and `close` are called on the loop, `report`, `wants` and `listening` belong to the engine threads."""

    def __init__(
        self,
        post: Callable[[Report], object],
        route: Callable[[Link, Job | Slice], object],
        leave: Callable[[Link], object],
        engines: Engines,
        watch: Watch,
        now: Callable[[], float],
    ) -> None:
        """`route` takes a job to the thread it is for; `leave` takes back whatever of this link still waits."""
        self._post, self._route, self._leave = post, route, leave
        self._watch, self._now = watch, now
        self._loop = asyncio.get_running_loop()
        self.listening = Listening(engines)
        self._unfinished: dict[str, Job] = {}
        self._crossing: deque[Crossing] = deque()
        self._due = False
        """Whether the loop was asked to deliver."""
        self._v2v = VoiceToVoice(watch, now)
        self._era = 0
        self._sent = self._taken = 0
        """Samples that the session sent, and those that the hear thread took or that were dropped."""
        self.closed = False

    def send(self, job: Job) -> None:
        """Never waits. A refusal is reported as a failure of the job."""
        if self.closed:
            return
        if isinstance(job, Sound):
            self._cut(job)
        elif isinstance(job, Stop):
            self._v2v.stop(job.id)
            if isinstance(self._unfinished.pop(job.id, None), Answer | Say):
                self._watch.count("stopped")
        elif isinstance(job, Answer | Say | Transcribe):
            self._begin(job)
        else:
            if isinstance(job, Forget) or (isinstance(job, Listen) and job.detection is None):
                self._era += 1
            self._route(self, job)

    def close(self) -> None:
        """Everything of this session is given up, and nothing more is reported."""
        self.closed = True
        self._unfinished.clear()
        self._leave(self)

    def _begin(self, job: Answer | Say | Transcribe) -> None:
        refused = len(self._unfinished) >= MOST_UNFINISHED
        self._unfinished[job.id] = job
        if not refused:
            self._route(self, job)
        elif isinstance(job, Transcribe):
            self.report(Transcribed(job.id, None, TOO_MANY))
        else:
            self.report(Progress(job.id, Failure(TOO_MANY)))

    def _cut(self, sound: Sound) -> None:
        now_s = self._now()
        for first in range(0, len(sound.samples), SLICE):
            samples = sound.samples[first : first + SLICE]
            start, self._sent = self._sent, self._sent + len(samples)
            frame = AudioFrame(samples, HEAR_RATE_HZ, start)
            if self._sent - self._taken > MOST_WAITING_S * HEAR_RATE_HZ:
                self._watch.count("lost_seconds", frame.seconds)
            else:
                self._route(self, Slice(frame, sound.answering, now_s, self._era))

    def wants(self, id: str) -> bool:
        """Whether this job is still to be done. Any thread may ask."""
        return id in self._unfinished

    def take(self, slice: Slice) -> None:
        """The hear thread has it: there is room for more."""
        self._taken = slice.frame.end

    def report(self, report: Report, *, era: int = 0, at_s: float = 0.0) -> None:
        """From any thread. The loop is woken once for all that comes before it has got to it."""
        self._crossing.append(Crossing(report, era, at_s))
        if not self._due and not self.closed:
            self._due = True
            with contextlib.suppress(RuntimeError):  # the loop is over
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._due = False
        while self._crossing and not self.closed:
            crossing = self._crossing.popleft()
            if self._is_current(crossing):
                self._v2v.see(crossing)
                self._post(crossing.report)

    def _is_current(self, crossing: Crossing) -> bool:
        """What was stopped or forgotten since is not reported, and nothing after the end of a job."""
        report = crossing.report
        if not isinstance(report, Progress | Transcribed):
            return crossing.era == self._era
        is_wanted = report.id in self._unfinished
        if isinstance(report, Transcribed) or isinstance(report.part, Written | Failure):
            self._unfinished.pop(report.id, None)
        return is_wanted


class VoiceToVoice:
    """From the end of the user's words to the first sound of an answer, which may be there before the turn is over."""

    def __init__(self, watch: Watch, now: Callable[[], float]) -> None:
        self._watch, self._now = watch, now
        self._ended_s: float | None = None
        """When the words were over that nobody has answered yet."""
        self._sounding = ""
        """The answer that has begun since the user began to speak."""

    def see(self, crossing: Crossing) -> None:
        """Whatever is reported, as it is reported."""
        report = crossing.report
        if isinstance(report, Onset):
            self._ended_s, self._sounding = None, ""
        elif isinstance(report, Finished):
            self._ended_s = crossing.at_s
            if self._sounding:
                self._done()
        elif isinstance(report, Progress) and _begins(report.part):
            self._sounding = report.id
            self._done()

    def stop(self, id: str) -> None:
        if self._sounding == id:
            self._sounding = ""

    def _done(self) -> None:
        if self._ended_s is not None:
            self._watch.time("v2v", self._now() - self._ended_s)
            self._ended_s = None


def _begins(part: object) -> bool:
    return isinstance(part, Voiced) and part.sentence.index == part.position == 0
