"""Echo: a line that does not hear its own loudspeaker."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

import numpy as np

from edge_agent.errors import ConfigError
from edge_agent.line import HeardThrough, Line, TappedLine, hears
from edge_agent.lines import pulseaudio
from edge_agent.lines.canceller import Canceller
from edge_agent.lines.echo_watch import EchoWatch
from edge_agent.lines.kalman import SPAN
from edge_agent.lines.reconnecting import OnStatus
from edge_agent.lines.reference import Reference
from edge_agent.resample import Resampler
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Samples

TAIL_S = 0.3
"""Sound is heard in a room for so long after it was played, loudly enough to be taken for speech."""
INSTALL = f"{sys.executable} -m pip install 'pywebrtc-audio>=0.2,<0.3'"
HALF_DUPLEX = (
    "The microphone hears the loudspeaker, and nothing here takes that away: it does not listen while it speaks. "
    f"To mend it: {INSTALL} (or headphones)"
)

EchoMode = Literal["auto", "on", "off"]


class EchoCancelled(HeardThrough):
    """Wraps a line: `EchoCancelled(line)` is to be used in its place. Its source gives frames of 32 ms at 16 kHz.

    The reference is what the sink was given to play, in its own time. Where that arrives at the microphone is looked
    for when it first speaks, and again now and then (EchoWatch). As long as none of it arrives nothing is done to the
    sound, which costs nothing.
    """

    def __init__(
        self,
        line: TappedLine,
        *,
        canceller: Callable[[], Canceller] | None = Canceller,
        on_status: OnStatus = lambda status: None,
    ) -> None:
        """`canceller` None: there is none, so that the microphone is silent while it would hear the loudspeaker, which
        is told once.
        """
        self.reference = Reference()
        line.sink.tap = self.reference.put
        super().__init__(line, CleanSource(line, self.reference, canceller, on_status))


class CleanSource:
    """What the microphone hears without the loudspeaker."""

    rate_hz = HEAR_RATE_HZ

    def __init__(
        self, line: TappedLine, reference: Reference, canceller: Callable[[], Canceller] | None, on_status: OnStatus
    ) -> None:
        self._source = line.source
        self._make, self._on_status = canceller, on_status
        self._canceller = canceller() if canceller else None
        self._watch = EchoWatch(reference)
        self._resampler = Resampler(self._source.rate_hz, HEAR_RATE_HZ)
        self._rest: Samples = np.zeros(0, np.float32)
        self._start: int | None = None
        self._silent_until = 0
        self._told = False

    @property
    def is_open(self) -> bool:
        return hears(self._source)

    def read(self) -> AudioFrame | None:
        while len(self._rest) < HEAR_FRAME:
            frame = self._source.read()
            if frame is None:
                return None
            if self._start is None:
                self._start = round(frame.start_s * HEAR_RATE_HZ)
            self._rest = np.concatenate([self._rest, self._resampler.push(frame.samples)])
        near, self._rest = np.split(self._rest, [HEAR_FRAME])
        assert self._start is not None
        start, self._start = self._start, self._start + HEAR_FRAME
        return self._clean(near, start)

    def _clean(self, near: Samples, start: int) -> AudioFrame:
        if self._watch.follow(start + HEAR_FRAME) and self._make:
            self._canceller = self._make()  # what was learned of another loudspeaker is wrong
        later = self._watch.look(near, start + HEAR_FRAME)
        far = self._watch.beside(start, HEAR_FRAME)
        if self._canceller is None:
            return AudioFrame(self._half_duplex(near, far, start), HEAR_RATE_HZ, start)
        if self._watch.absent:
            return AudioFrame(near, HEAR_RATE_HZ, start)
        if later:
            self._canceller.move(later, self._watch.beside(start - SPAN, SPAN))
        elif self._watch.drift:
            self._canceller.move(self._watch.drift * HEAR_FRAME)
        cleaned = self._canceller.process(near, far)
        return AudioFrame(cleaned.samples, HEAR_RATE_HZ, start, cleaned.echo_db)

    def _half_duplex(self, near: Samples, far: Samples, start: int) -> Samples:
        """Silence in place of our own voice and its tail; also while nobody knows yet whether it is heard."""
        if self._watch.absent:
            return near
        if self._watch.found and not self._told:
            self._told = True
            self._on_status(HALF_DUPLEX)
        if np.any(far):
            self._silent_until = start + HEAR_FRAME + round(TAIL_S * HEAR_RATE_HZ)
        return np.zeros_like(near) if start < self._silent_until else near

    def close(self) -> None:
        self._source.close()


def against_echo(line: TappedLine, mode: EchoMode, *, microphone: str | None, on_status: OnStatus) -> Line:
    """Returns the line to be used in place of a sound card. `auto`: cancelled here, unless the sound server does it.

    Raises ConfigError for `on` without the package that it needs.
    """
    if mode == "off" or (mode == "auto" and pulseaudio.cancelling_source(microphone)):
        return line
    canceller = Canceller if is_installed() else None
    if mode == "on" and canceller is None:
        raise ConfigError("line.echo = on needs the package pywebrtc-audio, which is not installed.", fix=INSTALL)
    return EchoCancelled(line, canceller=canceller, on_status=on_status)


def is_installed() -> bool:
    """Whether echo can be cancelled here: not without the extra `room`, nor with a C library older than its wheels."""
    try:
        Canceller()
    except ImportError:
        return False
    return True
