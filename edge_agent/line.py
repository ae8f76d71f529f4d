"""A line: where sound comes from and goes to. The agent cannot tell a microphone from a file or a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from edge_agent.types import AudioFrame, Samples


class Source(Protocol):
    rate_hz: int

    def read(self) -> AudioFrame | None:
        """Wait for the next sound, any length, in order and without gaps. None when the line is closed."""

    def close(self) -> None:
        """Make a waiting `read` return None soon. May be called twice, from any thread."""


@runtime_checkable
class DeviceSource(Protocol):
    """A source that may not be there yet, or be closed for a while."""

    @property
    def is_open(self) -> bool: ...


def hears(source: Source) -> bool:
    """Whether there is something to hear with."""
    return not isinstance(source, DeviceSource) or source.is_open


class Sink(Protocol):
    rate_hz: int

    @property
    def audible(self) -> bool:
        """False while there is no loudspeaker: nobody hears what is written."""

    def write(self, samples: Samples) -> None:
        """Play one block after what was written before. Waits while more than about one block is still to be played."""

    def flush(self) -> None:
        """Drop what was accepted and has not sounded yet, but for a fade of a few milliseconds: a cut clicks."""

    def close(self) -> None: ...


Tap = Callable[[Samples, int], object]
"""Told of each block that a loudspeaker is given, silence too, in order: samples and their rate in Hz."""


class TappedSink(Sink, Protocol):
    """A sink that tells what it really plays, and when: an echo canceller wants to know."""

    tap: Tap
    """Called by whoever feeds the device, so that it must not wait."""


class Line(Protocol):
    @property
    def source(self) -> Source: ...

    @property
    def sink(self) -> Sink: ...

    def now_s(self) -> float:
        """Line time: seconds since the first sample of the source."""

    @property
    def ended_s(self) -> float | None:
        """Line time at which the user's side ended for good (a file is over); None while more may come."""

    def close(self) -> None: ...


class HeardThrough:
    """A line that is heard through another source, which reads that of the line."""

    def __init__(self, line: Line, source: Source) -> None:
        self._line, self.source, self.sink = line, source, line.sink

    def now_s(self) -> float:
        return self._line.now_s()

    @property
    def ended_s(self) -> float | None:
        return self._line.ended_s

    def close(self) -> None:
        self._line.close()


class TappedLine(Line, Protocol):
    """A line with a loudspeaker that can be listened to."""

    @property
    def sink(self) -> TappedSink: ...
