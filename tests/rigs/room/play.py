"""Play: one scene from its first sound to its last, and what is left of it to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.events import Event, Interrupted, SpeechStarted
from edge_agent.host.engines import Engines
from edge_agent.host.inline import InlineHost
from edge_agent.host.jobs import Report, Wavering
from edge_agent.line import HeardThrough, Line, Source
from edge_agent.lines.canceller import Canceller
from edge_agent.lines.echo import EchoCancelled
from edge_agent.run.inline import InlineConversation
from edge_agent.types import HEAR_RATE_HZ, AudioFrame, Samples
from tests.rigs.room.line import RoomLine
from tests.rigs.room.room import Guest, Room

LINGER_S = 1.0


@dataclass
class Played:
    """What came of a scene, on one time line that begins at 0; sound at 16 kHz."""

    line: RoomLine
    events: list[Event] = field(default_factory=list)
    yielded: list[tuple[float, str]] = field(default_factory=list)
    """When the ears changed their mind about the floor: "no", "ducked", "silent"."""
    frames: list[AudioFrame] = field(default_factory=list)
    """What the ears were given."""
    told: list[str] = field(default_factory=list)
    """What was said about the line."""

    @property
    def cleaned(self) -> Samples:
        return np.concatenate([frame.samples for frame in self.frames])

    @property
    def microphone(self) -> Samples:
        return self.line.source.heard[: len(self.cleaned)]

    @property
    def loudspeaker(self) -> Samples:
        return self.line.sink.played[: len(self.cleaned)]

    @property
    def answers_s(self) -> list[float]:
        """When each answer began to sound."""
        return [int(began) / HEAR_RATE_HZ for began in self.line.sink.began]

    @property
    def turns(self) -> int:
        """How often somebody was taken to have begun to speak."""
        return sum(isinstance(event, SpeechStarted) for event in self.events)

    @property
    def interrupted_s(self) -> list[float]:
        return [event.at_s for event in self.events if isinstance(event, Interrupted)]

    def yielded_between(self, start_s: float, end_s: float) -> bool:
        """Whether the answer was made quieter or silent in this time."""
        return any(start_s <= at_s < end_s and how != "no" for at_s, how in self.yielded)


class _Overheard:
    """A source whose frames are kept."""

    def __init__(self, source: Source, frames: list[AudioFrame]) -> None:
        self._source, self._frames, self.rate_hz = source, frames, source.rate_hz

    def read(self) -> AudioFrame | None:
        frame = self._source.read()
        if frame is not None:
            self._frames.append(frame)
        return frame

    def close(self) -> None:
        self._source.close()


def play(
    room: Room,
    guests: Sequence[Guest],
    engines: Engines,
    *,
    cancelled: bool = True,
    canceller: Callable[[], Canceller] | None = Canceller,
    most_s: float = 40.0,
) -> Played:
    """Plays a scene. Not `cancelled`: the ears hear what the microphone hears. `canceller`: as of EchoCancelled."""
    line = RoomLine(room, guests, output_rate_hz=engines.voice.rate_hz, most_s=most_s)
    played = Played(line)
    heard: Line = EchoCancelled(line, canceller=canceller, on_status=played.told.append) if cancelled else line

    def note(report: Report) -> None:
        if isinstance(report, Wavering):
            played.yielded.append((line.now_s(), report.yields))

    conversation = InlineConversation(
        HeardThrough(heard, _Overheard(heard.source, played.frames)),
        InlineHost(replace(engines), ManualClock()),
        Briefs("Be brief."),
        on_event=played.events.append,
        on_report=note,
        linger_s=LINGER_S,
    )
    conversation.run()
    return played
