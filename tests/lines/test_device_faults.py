"""Each call of a sound device fails once: it is told, silence takes its place, and soon the device is used again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from fake_process import FakeProcess, SharedClock, Socket

from edge_agent.lines.device_process import BLOCK, DeviceMessage, Opened
from edge_agent.lines.devices import Kind
from edge_agent.lines.microphone import Microphone
from edge_agent.lines.reconnecting import ReconnectingDevice
from edge_agent.lines.speaker import Loudspeaker

USB = Opened("USB: Audio (hw:1,0)", 48_000, 1, 0.01)
BACK_S = 3.0
Fault = Literal["open", "receive", "ends", "short"]
BLOCKS = (1, 2, 3, 5, 8, 49, 50, 51, 52, 70)
CALLS: dict[Fault, tuple[int, ...]] = {"open": (1,), "receive": BLOCKS, "ends": BLOCKS, "short": BLOCKS}
"""Which of each are made to fail: after the first 50 blocks a device is taken for one that works."""


class FaultyPort(FakeProcess):
    def __init__(self, bay: Bay, kind: Kind) -> None:
        super().__init__(bay.socket, kind)
        self._bay = bay

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        if self._bay.fails("receive"):
            raise OSError(5, "Input/output error")
        if self._bay.fails("ends"):
            raise EOFError
        message = super().receive(timeout_s)
        if message and message.kind == BLOCK and self._bay.fails("short"):
            return message._replace(payload=message.payload[: len(message.payload) // 4 * 2])
        return message


class Bay:
    """Where a device is plugged in whose `at`-th call of one kind fails, once."""

    def __init__(self, kind: Kind, fault: Fault, at: int) -> None:
        self.clock = SharedClock()
        self.socket = Socket(self.clock, USB)
        self.told: list[str] = []
        self._fault, self._left = fault, at
        self.device = ReconnectingDevice(kind, "usb", clock=self.clock, on_status=self.told.append, start=self.open)

    def open(self, kind: Kind, names: Sequence[str]) -> FaultyPort:
        if self.fails("open"):
            raise OSError(24, "Too many open files")
        self.socket.held += 1
        return FaultyPort(self, kind)

    def fails(self, fault: Fault) -> bool:
        self._left -= fault == self._fault
        return fault == self._fault and self._left == 0

    def told_and_back(self, fault: Fault) -> bool:
        """A loss is told once and so is the end of it; a short block is none."""
        if fault == "short":
            return not self.told
        return len(self.told) == 2 and "Waiting for it" in self.told[0] and "is there" in self.told[1]


@pytest.mark.parametrize("fault", CALLS)
def test_each_call_of_a_microphone_may_fail(fault: Fault) -> None:
    for at in CALLS[fault]:
        bay = Bay("input", fault, at)
        source = Microphone("usb", on_status=bay.told.append, clock=bay.clock, device=bay.device)
        frames = []
        while bay.clock.now() < BACK_S:
            frame = source.read()
            assert frame is not None
            frames.append(frame)
        assert all(a.end == b.start for a, b in pairwise(frames))
        assert np.abs(frames[-1].samples).max() > 0.1, "it is heard again"
        assert bay.told_and_back(fault), (at, bay.told)
        source.close()
        assert bay.socket.held == 0


@pytest.mark.parametrize("fault", ["open", "receive", "ends"])
def test_each_call_of_a_speaker_may_fail(fault: Fault) -> None:
    for at in CALLS[fault][::3]:
        bay = Bay("output", fault, at)
        sink = Loudspeaker(USB.rate_hz, "usb", on_status=bay.told.append, clock=bay.clock, device=bay.device)
        for _ in range(50 * 3):
            sink.write(np.full(960, 0.5, np.float32))
        bay.socket.played.clear()
        for _ in range(50):
            sink.write(np.full(960, 0.25, np.float32))
        sink.close()
        assert bay.socket.held == 0
        sound = np.frombuffer(b"".join(bay.socket.played), np.int16)
        assert np.count_nonzero(sound) > USB.rate_hz // 2, "the next is heard"
        assert bay.told_and_back(fault), (at, bay.told)
