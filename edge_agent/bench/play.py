"""Play: a recording goes in as a microphone's sound would, and what the agent did about it comes out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_agent.act.act import Act
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.ledger import Said
from edge_agent.bench.clips import Clip
from edge_agent.clock import RealClock
from edge_agent.events import Event, Saying
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.jobs import Progress, Report
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.wav import WavLine
from edge_agent.processes import total_cpu_s
from edge_agent.run.threads import Conversation
from edge_agent.speak.apology import Apology
from edge_agent.types import Resumed, Samples, Turn, Voiced
from edge_agent.watch.latency import Latency

ENOUGH_S = 0.3
"""An answer is listened to for this long, then its clip is over: what follows is no part of the figure."""
PATIENCE_S = 30.0
"""An answer that has not begun this long after the last word is missed."""
LINGER_S = 1.0
"""A clip without an answer is over this long after its file."""
LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the voice made of one sentence."""

    seconds: float
    cached: bool
    """Its sound was ready: nothing was rendered for it."""


@dataclass(frozen=True, slots=True)
class Take:
    """What came of playing one clip to the agent. Times are line time: 0 is the first sample of the clip."""

    events: Sequence[Event]
    latency: Latency
    sound: Samples
    """Everything that the line played, from 0 on, at `rate_hz`."""
    rate_hz: int
    cpu_s: float
    """Processor time over all threads, those of the workers too."""
    stall_s: float = 0.0
    """Longest time for which the process did not come to run although it wanted to: other work, or a pause of it."""
    marks: dict[Turn, dict[str, float]] = field(default_factory=dict)
    """The moments of every draft, those thrown away too: name (watch/latency.py) -> line time."""
    resumed_s: Sequence[float] = ()
    """The times at which the user went on and what had been prepared was thrown away."""
    rendered: dict[tuple[int, str], Rendered] = field(default_factory=dict)
    """What was rendered, by index and text of the sentence."""


@dataclass
class RunningConversation:
    """A conversation under way, for whoever decides when it has been listened to for long enough."""

    line: WavLine
    conversation: Conversation
    events: list[Event]
    rendered: dict[tuple[int, str], Rendered]

    def content_s(self) -> float | None:
        """The time at which the current turn's first sound that came from no cache went to the line; None before."""
        number = self.conversation.agent.gate.current.number
        said = [event for event in list(self.events) if isinstance(event, Saying) and event.turn == number]
        return next((event.at_s for event in said if not self.rendered[event.index, event.text].cached), None)


def play(
    sound: Path | tuple[Samples, int],
    engines: Engines,
    briefs: Briefs,
    is_done: Callable[[RunningConversation], bool],
    past: Sequence[Said] = (),
    act: Act | None = None,
) -> Take:
    """Real time, the line and the threads of `talk --input`, until `is_done` or the line is over.

    `sound` is a file, or samples and their rate in Hz. `past` is what was said before, in turns 1, 2, ... An apology is
    not heard: a turn that failed would look answered.
    """
    events: list[Event] = []
    latency, marks, notes = Latency(), dict[Turn, dict[str, float]](), _Notes()

    def on_mark(turn: Turn, name: str, at_s: float) -> None:
        latency(turn, name, at_s)
        marks.setdefault(turn, {}).setdefault(name, at_s)

    silent = replace(engines, apology=Apology(engines.voice.rate_hz, volume=0))
    with tempfile.TemporaryDirectory() as folder, Host(silent, RealClock()) as host:
        output = Path(folder) / "played.wav"
        line = WavLine(sound, output_rate_hz=host.rate_hz, clock=RealClock(), output=output)
        conversation = Conversation(
            line, host, briefs, on_event=events.append, on_mark=on_mark, on_report=notes, linger_s=LINGER_S,
            act=act,
        )  # fmt: skip
        for said in past:
            conversation.agent.ledger.add(said)
            while conversation.agent.gate.current.number < said.turn:
                conversation.agent.gate.begin()
        playing = RunningConversation(line, conversation, events, notes.rendered)
        cpu_s = total_cpu_s()
        conversation.start()
        try:
            stall_s = _wait(lambda: conversation.agent.gate.closed or is_done(playing))
        finally:
            conversation.stop()
            conversation.join()
        cpu_s = total_cpu_s() - cpu_s
        played, rate_hz = read_audio(output)
    return Take(events, latency, played, rate_hz, cpu_s, stall_s, marks, notes.resumed_s, notes.rendered)


def play_clip(clip: Clip, engines: Engines, briefs: Briefs, past: Sequence[Said] = (), act: Act | None = None) -> Take:
    """Play one clip to warm engines, after what was said in the `past`. `act` answers what needs no LLM.

    Returns soon after an answer to the clip's last words has begun, so that its length costs nothing.
    """

    def is_done(playing: RunningConversation) -> bool:
        now_s, begun_s = playing.line.now_s(), playing.content_s()
        if begun_s is None:
            return now_s >= clip.speech_end_s + PATIENCE_S
        return now_s >= max(begun_s, clip.speech_end_s) + ENOUGH_S and playing.conversation.link.rests

    return play(clip.path, engines, briefs, is_done, past, act)


def _wait(is_done: Callable[[], bool]) -> float:
    """Waits until `is_done`. Returns the longest time for which this thread, which has next to nothing to do, stood
    still."""
    stall_s, looked_s = 0.0, time.monotonic()
    while not is_done():
        time.sleep(LOOK_S)
        last_s, looked_s = looked_s, time.monotonic()
        stall_s = max(stall_s, looked_s - last_s - LOOK_S)
    return stall_s


class _Notes:
    """What a host reported: when the user went on, and which sentences were rendered or ready."""

    def __init__(self) -> None:
        self.resumed_s: list[float] = []
        self.rendered: dict[tuple[int, str], Rendered] = {}

    def __call__(self, report: Report) -> None:
        if isinstance(report, Resumed):
            self.resumed_s.append(report.at_s)
        elif isinstance(report, Progress) and isinstance(report.part, Voiced) and report.part.position == 0:
            block = report.part
            rendered = Rendered(block.total / block.rate_hz, block.cached)
            self.rendered[block.sentence.index, block.sentence.text] = rendered
