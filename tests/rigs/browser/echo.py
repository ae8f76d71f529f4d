"""What WebRTC itself costs: a server that says what it hears, and how much later the browser hears it.

python -m tests.rigs.browser.echo FILE [LOSS JITTER_S]     the delay from microphone to loudspeaker, call by call
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_agent.bench.turns import spread
from edge_agent.clock import RealClock
from edge_agent.line import Line
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.rtc.network import Network
from edge_agent.serve.device_calls import Conversing, LineCalls, Windows
from edge_agent.serve.session_limit import Places
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.browser.chromium import RATE_HZ, call, page
from tests.rigs.browser.lossy import spoil

CALLS = 10
LONGEST_S = 0.8


class Parrot:
    """Says what it hears, at once."""

    turn = 0

    def __init__(self, line: Line) -> None:
        self._line = line

    def run(self) -> None:
        while (frame := self._line.source.read()) is not None:
            self._line.sink.write(frame.samples)

    def stop(self) -> None:
        self._line.source.close()

    def interrupt(self) -> None:
        """There is nothing to interrupt."""

    def typed(self, text: str, language: str) -> None:
        """It cannot read."""


@contextlib.contextmanager
def parrot(line: Line, windows: Windows) -> Iterator[Conversing]:
    yield Parrot(line)


def delay_s(microphone: Samples, remote: Samples) -> float:
    """By how much one is behind the other."""
    step = RATE_HZ // 8000
    here, there = microphone[::step].astype(np.float64), remote[::step].astype(np.float64)
    most = int(LONGEST_S * 8000)
    size = len(here) - most
    return max(range(most), key=lambda shift: float(np.dot(here[:size], there[shift : shift + size]))) / 8000


def main() -> None:
    from tests.rigs.browser.served import serving

    clip = resample(*read_audio(Path(sys.argv[1])), RATE_HZ)
    if len(sys.argv) > 2:
        spoil(float(sys.argv[2]), float(sys.argv[3]))
    network, places = Network(RealClock()), Places(2)
    network.warm_up()
    calls = LineCalls(network, parrot, places, HEAR_RATE_HZ, {})
    found = list[float]()
    with page() as (origin, posted), serving(calls, places, network, origin) as server:
        for number in range(CALLS):
            heard = call(origin, posted, server, clip, door="/v1/device/calls", label="events", last="-", seconds=5.5)
            found.append(delay_s(heard.microphone, heard.remote))
            sys.stdout.write(f"{number + 1}/{CALLS}: {1000 * found[-1]:.0f} ms\n")
    sys.stdout.write(f"{spread(found)}\n")


if __name__ == "__main__":
    main()
