"""Link: what one conversation holds of the host. Jobs go in, reports come out; what is not wanted any more is stale."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from edge_agent.floor import Talking
from edge_agent.host.engines import Engines
from edge_agent.host.gauges import Watch
from edge_agent.host.jobs import (
    Answer,
    Forget,
    Frame,
    Hush,
    Job,
    Listen,
    Progress,
    Reached,
    Report,
    Say,
    Sound,
    Stop,
    Transcribe,
    Transcribed,
)
from edge_agent.host.listening import Listening
from edge_agent.think.brief import Written
from edge_agent.types import HEAR_RATE_HZ, AudioFrame, Failure, Finished, Onset, Voiced

MOST_UNFINISHED = 64
"""Answers, texts to be spoken and transcriptions of one conversation: more are refused."""
MOST_WAITING_S = 600.0
"""Sound of one conversation that may wait to be heard: 38 MB."""
SLICE = HEAR_RATE_HZ // 2
"""Samples that are heard before another conversation's turn comes."""
TOO_MANY = "Too many requests wait for an answer."

Wake = Callable[[Callable[[], None]], object]
"""Runs what it is given where the owner of a link wants its reports: on an event loop, say."""


def at_once(deliver: Callable[[], None]) -> None:
    """A Wake for whoever takes reports in the engine's thread that makes them."""
    deliver()


class Slice(NamedTuple):
    """A piece of sound on its way to the ears."""

    frame: AudioFrame
    answering: bool
    sent_s: float
    """Clock."""
    era: int
    """How often the owner had asked to forget what is being heard."""
    skips: bool
    """Whether sound that does not follow the last lets time and the turn go on; otherwise that turn is given up."""


class Crossing(NamedTuple):
    """A report on its way to the owner."""

    report: Report
    era: int
    at_s: float
    """The time at which the user's last word was over, in a Finished (clock)."""


class Link:
    """`send` and `close` are the owner's; `report`, `wants`, `hushed` and `listening` belong to the engine threads.

    An owner whose reports come `at_once` may call `send` from any thread.
    """

    def __init__(
        self,
        post: Callable[[Report], object],
        route: Callable[[Link, Job | Slice], object],
        leave: Callable[[Link], object],
        engines: Engines,
        watch: Watch,
        now: Callable[[], float],
        wake: Wake = at_once,
        agent: Talking | None = None,
    ) -> None:
        """`route` takes a job to the thread it is for; `leave` takes back whatever of this link still waits.

        `agent` is asked, in the hear thread, whether the user is hearing an answer; without one each Sound says so.
        """
        self._post, self._route, self._leave, self._wake = post, route, leave, wake
        self._watch, self._now = watch, now
        self.agent = agent
        self.listening = Listening(engines, agent)
        self._unfinished: dict[str, Job] = {}
        self._hushed = ""
        self._v2v = VoiceToVoice(watch, now)
        self._era = 0
        self._sent_s = self._taken_s = self._heard_s = 0.0
        """The sound that the owner sent, that the hear thread took or dropped, and that it is done with."""
        self.closed = False

    def send(self, job: Job) -> None:
        """Never waits. A refusal is reported as a failure of the job."""
        if self.closed:
            return
        match job:
            case Sound():
                self._cut(job)
            case Frame(frame):
                self._hear(Slice(frame, False, self._now(), self._era, skips=True))
            case Stop(id):
                self._stop(id)
            case Hush(id):
                self._hushed = id
            case Answer() | Say() | Transcribe():
                self._begin(job)
            case _:
                if isinstance(job, Forget) or (isinstance(job, Listen) and job.detection is None):
                    self._era += 1
                self._route(self, job)

    def close(self) -> None:
        """Everything of this conversation is given up, and nothing more is reported."""
        self.closed = True
        self._unfinished.clear()
        self.listening.decided.set()
        self._leave(self)

    @property
    def rests(self) -> bool:
        """Whether all that was sent has been heard, and the user is not in the middle of a turn."""
        return self._heard_s == self._sent_s and not self.listening.busy

    def _stop(self, id: str) -> None:
        self._v2v.stop(id)
        if isinstance(self._unfinished.pop(id, None), Answer | Say):
            self._watch.count("stopped")

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
            frame = AudioFrame(sound.samples[first : first + SLICE], HEAR_RATE_HZ, round(self._sent_s * HEAR_RATE_HZ))
            self._hear(Slice(frame, sound.answering, now_s, self._era, skips=False))

    def _hear(self, slice: Slice) -> None:
        self._sent_s = slice.frame.end_s
        if self._sent_s - self._taken_s > MOST_WAITING_S:
            self._watch.count("lost_seconds", slice.frame.seconds)
        else:
            self._route(self, slice)

    def wants(self, id: str) -> bool:
        """Whether this job is still to be done. Any thread may ask."""
        return id in self._unfinished

    def hushed(self, id: str) -> bool:
        """Whether nobody hears this job any more. Any thread may ask."""
        return id == self._hushed

    def take(self, slice: Slice) -> None:
        """The hear thread has it: there is room for more."""
        self._taken_s = slice.frame.end_s

    def done(self, slice: Slice) -> None:
        """The hear thread has reported all that it heard in it."""
        self._heard_s = slice.frame.end_s

    def report(self, report: Report, *, era: int = 0, at_s: float = 0.0) -> None:
        """Hands a report on. Any thread may call it."""
        if not self.closed:
            self._wake(partial(self._deliver, Crossing(report, era, at_s)))

    def _deliver(self, crossing: Crossing) -> None:
        if not self.closed and self._is_current(crossing):
            self._v2v.see(crossing)
            self._post(crossing.report)

    def _is_current(self, crossing: Crossing) -> bool:
        """What was stopped or forgotten since is not reported, and nothing after the end of a job."""
        report = crossing.report
        if not isinstance(report, Progress | Reached | Transcribed):
            return crossing.era == self._era
        is_wanted = report.id in self._unfinished
        if isinstance(report, Transcribed) or (
            isinstance(report, Progress) and isinstance(report.part, Written | Failure)
        ):
            self._unfinished.pop(report.id, None)
        return is_wanted


class VoiceToVoice:
    """The time from the end of the user's words to the first sound of an answer, which may be there before the turn is
    over."""

    def __init__(self, watch: Watch, now: Callable[[], float]) -> None:
        self._watch, self._now = watch, now
        self._ended_s: float | None = None
        """The time at which the words were over that nobody has answered yet."""
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
