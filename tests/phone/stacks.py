"""Our own SIP stacks on loopback, each with a process of its own, as both sides of real calls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from edge_agent.clock import RealClock
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import Registered
from edge_agent.phone.setup import setup_of
from edge_agent.phone.stack import COMMAND, SipStack
from edge_agent.settings.phone import PhoneSettings
from edge_agent.types import Samples

VOICE_HZ = 22_050


def tone(seconds: float, rate_hz: int, hz: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pitch(samples: Samples, rate_hz: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)[10:])) + 10) * rate_hz / len(samples)


class Phone:
    """A stack, and who has called it. Each call is picked up, and hears a tone."""

    def __init__(self, own: PhoneSettings, hz: float = 440.0, command: Sequence[str] = COMMAND) -> None:
        self.lines: queue.Queue[SipLine] = queue.Queue()
        self.registered: queue.Queue[Registered] = queue.Queue()
        self._hz, self.port = hz, own.port
        self.hushed = threading.Event()
        """While it is set, it says nothing."""
        self.stack = SipStack(
            setup_of(own), self._on_ring, RealClock(), VOICE_HZ, on_registered=self.registered.put, command=command
        )

    def _on_ring(self, line: SipLine) -> None:
        threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: SipLine) -> None:
        line.pick_up()
        if line.picked_up.wait(5):
            self.lines.put(line)
            self.says(line)

    def says(self, line: SipLine) -> None:
        block, at = tone(60, VOICE_HZ, self._hz), 0
        while not line.over.is_set():
            if self.hushed.is_set():
                line.over.wait(0.01)
                continue
            line.sink.write(block[at : at + 441])
            at += 441


def at(port: int, **more: object) -> PhoneSettings:
    return PhoneSettings(listen=f"127.0.0.1:{port}", **more)  # type: ignore[arg-type]


@contextmanager
def opened(own: PhoneSettings, hz: float = 440.0, command: Sequence[str] = COMMAND) -> Iterator[Phone]:
    phone = Phone(own, hz, command)
    phone.stack.open()
    try:
        yield phone
    finally:
        phone.stack.close()


def listen(line: SipLine, seconds: float) -> Samples:
    frames, got = [], 0.0
    while got < seconds and (frame := line.source.read()) is not None:
        frames.append(frame.samples)
        got += frame.seconds
    return np.concatenate(frames)
