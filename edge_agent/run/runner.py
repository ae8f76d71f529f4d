"""Runner: what both ways to drive a conversation share: a line, its agent, and the agent's link to the host."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_agent.act.act import Act
from edge_agent.agent.agent import Agent
from edge_agent.agent.answer import OnMark, Playable
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.reports import take
from edge_agent.events import Event
from edge_agent.hear.framing import Gatherer
from edge_agent.host.jobs import Detection, Frame, Listen, Report
from edge_agent.host.work import Work
from edge_agent.line import Line
from edge_agent.speak.bell import bell
from edge_agent.speak.chimes import Chime
from edge_agent.types import AudioFrame, Finished, Heard, InTurn, Onset, Samples

BLOCKS = 500
"""10 s of 20 ms blocks: with so many waiting to be heard, no more sentences are made."""


class Runner:
    """The host is the caller's: it outlives the conversation, and may have others."""

    def __init__(
        self,
        line: Line,
        host: Work,
        briefs: Briefs,
        *,
        on_event: Callable[[Event], object],
        on_mark: OnMark = lambda turn, name, at_s: None,
        on_report: Callable[[Report], object] = lambda report: None,
        linger_s: float = 0.0,
        act: Act | None = None,
    ) -> None:
        """`linger_s`: the line is over after so long a silence behind the end of its input. `on_report` is told of
        whatever the host reports, before the agent is. `act` does what needs no LLM; without it the LLM answers all."""
        self._line, self._linger_s, self._on_mark, self._told = line, linger_s, on_mark, on_report
        self._apology, self._rate_hz = host.apology, host.rate_hz
        self._chimes = host.chimes
        self._error: BaseException | None = None
        self._gatherer = Gatherer()
        self._duck = 1.0
        """The factor at the end of the last block."""
        self.agent = Agent(
            briefs,
            now_s=line.now_s,
            on_event=on_event,
            send=lambda job: self.link.send(job),
            play=self._queue,
            on_mark=on_mark,
            act=act,
        )
        self.link = host.open(self._on_report, agent=self.agent)
        self.link.send(Listen(Detection(device=True)))

    def stop(self) -> None:
        """The conversation is over. Returns at once."""
        self.agent.gate.close()
        self.link.close()
        self._line.source.close()

    @property
    def turn(self) -> int:
        """The number of the user's turn."""
        return self.agent.gate.current.number

    def interrupt(self) -> None:
        """The user wants to hear no more of the answer. From any thread."""
        self.agent.interrupt()

    def typed(self, text: str, language: str) -> None:
        """The user has written this instead of saying it. `language`: ISO 639-1. From any thread."""
        now_s = self._line.now_s()
        self.agent.on_hearing(Onset(now_s))
        self.agent.on_hearing(Finished(Heard(text, language, 1.0), now_s, now_s, "silence"))

    def _chime(self, chime: Chime) -> None:
        """Heard whatever the gate says: it is no part of an answer."""
        for block in self._chimes.blocks(chime):
            self._line.sink.write(louder(block.samples, self.agent.gain))

    def _queue(self, item: InTurn[Playable]) -> None:
        """Take what is to be played, without waiting."""
        raise NotImplementedError

    def _on_report(self, report: Report) -> None:
        """Takes a report in a thread of the host, which is nobody's to end: what goes wrong here ends the conversation
        alone."""
        try:
            self._told(report)
            take(self.agent, report)
            cause = getattr(report, "cause", None) or getattr(getattr(report, "part", None), "cause", None)
            if cause is not None:
                raise cause
        except BaseException as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._error = self._error or error
        self.stop()

    def _hear(self, frame: AudioFrame) -> None:
        for each in self._gatherer.push(frame):
            self.link.send(Frame(each))
        if int(frame.end_s) > int(frame.start_s) and not self.link.listening.busy:  # once a second
            self.agent.ring(bell(self._rate_hz))

    def _as_loud(self, samples: Samples) -> Samples:
        """A block at the loudness that the user has asked for, or quieter while they may be about to speak."""
        before, self._duck = self._duck, self.agent.duck
        return gliding(louder(samples, self.agent.gain), before, self._duck)

    def _is_over(self, now_s: float) -> bool:
        """Whether the line's user is gone and the agent has been silent for `linger_s` since."""
        ended_s = self._line.ended_s
        if ended_s is None or not self.link.rests or self.agent.answering:
            return False
        return now_s - max(ended_s, self.agent.last_sound_s) >= self._linger_s


def louder(samples: Samples, gain: float) -> Samples:
    """The sound at the loudness that the user has asked for; gain 0 to 1."""
    return samples if gain == 1 else samples * np.float32(gain)


def gliding(samples: Samples, before: float, after: float) -> Samples:
    """The sound with a loudness that goes from one factor to the other: a step would click."""
    if before == after:
        return louder(samples, after)
    return samples * np.linspace(before, after, len(samples), dtype=np.float32)
