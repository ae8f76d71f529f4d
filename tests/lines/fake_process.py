"""Sound devices that a test plugs and unplugs, on a virtual clock: `DeviceProcess`es without a process."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.lines.device_process import BLOCK, BLOCK_AFTER_LOSS, FAILED, OPENED, DeviceMessage, Opened
from edge_agent.lines.devices import Kind

LEVEL = 16384
"""Of what the microphone hears: 0.5 of full scale."""

Death = Literal["ends", "hangs"]
"""What the device process does when the device goes."""


class SharedClock(ManualClock):
    """A virtual clock of several threads: whoever sleeps lets the others run, as on a real one. A thread that only
    sleeps would keep the interpreter to itself, and the others wait for seconds on a busy machine (31 s, measured)."""

    def sleep_until(self, at: float) -> None:
        super().sleep_until(at)
        time.sleep(0)


@dataclass
class Socket:
    """Where a device is plugged in, or is not."""

    clock: ManualClock
    device: Opened | None = None
    death: Death = "ends"
    hopeless: bool = False
    lose: float = 0.0
    """Seconds that the driver loses before the next block."""
    stalls_s: float = 0.0
    """For so long it neither takes nor gives a block."""
    of_channels: Sequence[float] = ()
    """Times LEVEL, where they differ."""
    opened: list[Sequence[str]] = field(default_factory=list)
    """The names that were asked for, each time."""
    held: int = 0
    """Those that are open."""
    played: list[bytes] = field(default_factory=list)

    def open(self, kind: Kind, names: Sequence[str]) -> FakeProcess:
        self.opened.append(tuple(names))
        self.held += 1
        return FakeProcess(self, kind)


class FakeProcess:
    """A port to the device that is plugged in now. When that goes, it is dead even if another is plugged in."""

    def __init__(self, socket: Socket, kind: Kind) -> None:
        self._socket, self._kind = socket, kind
        self._device = socket.device
        self._told = False

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        socket, device = self._socket, self._device
        if not self._told:
            self._told = True
            self._pass(0.2)
            if device:
                return self._message(OPENED, json.dumps(device).encode())
            reason = {"message": "There is no such thing.", "fix": "plug it in", "hopeless": socket.hopeless}
            return self._message(FAILED, json.dumps(reason).encode())
        if device is None or (device is not socket.device and socket.death == "ends"):
            raise EOFError
        if device is not socket.device:
            self._pass(timeout_s)
            return None
        if socket.stalls_s > 0:
            socket.stalls_s = max(0.0, round(socket.stalls_s - timeout_s, 6))
            self._pass(timeout_s)
            return None
        lost, socket.lose = socket.lose, 0.0
        self._pass(lost + 0.01)
        level = np.multiply(socket.of_channels or (1.0,) * device.channels, LEVEL).astype(np.int16)
        sound = np.tile(level, device.block).tobytes() if self._kind == "input" else b""
        return self._message(BLOCK_AFTER_LOSS if lost else BLOCK, sound)

    def _pass(self, seconds: float) -> None:
        self._socket.clock.sleep_until(self._socket.clock.now() + seconds)

    def _message(self, kind: int, payload: bytes) -> DeviceMessage:
        return DeviceMessage(self._socket.clock.now(), kind, payload)

    def send(self, block: bytes) -> None:
        self._socket.played.append(block)

    def close(self, *, at_once: bool) -> None:
        self._socket.held -= 1
