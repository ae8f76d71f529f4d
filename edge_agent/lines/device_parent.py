"""The parent's end of a device process (device_process.py): started, read with a time limit, killed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import edge_agent
from edge_agent.lines.device_process import HEAD, DeviceMessage
from edge_agent.lines.devices import Kind

READ_BYTES = 1 << 16
LEAVE_S = 1.0
"""A speaker that is asked to end has so long to play what its driver holds (some 50 ms)."""

KILLED_S = 1.0
"""The kernel has so long to end a process. One that hangs inside a driver (state D) ends when the driver lets it, or
never."""


class DeviceProcess(Protocol):
    """One device, open or being opened. Used by one thread. Raises OSError where no process can be started for it."""

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        """The next message; None if none comes in time. Raises EOFError or OSError when its process has ended."""

    def send(self, block: bytes) -> None:
        """One block to a speaker that has asked for it."""

    def close(self, *, at_once: bool) -> None:
        """`at_once`: without playing out what the driver holds."""


class SpawnedProcess:
    """A `DeviceProcess` to a process of its own. Starting it does not wait for the device."""

    def __init__(self, kind: Kind, names: Sequence[str]) -> None:
        # In the folder of the package, so that `-m` finds this very package and nothing of the user's folder;
        # out of the terminal's process group, so that Ctrl-C is the parent's alone.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge_agent.lines.device_process", kind, *names],
            cwd=Path(edge_agent.__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._bytes = b""
        self._messages: deque[DeviceMessage] = deque()

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        if not self._messages and self._poll.poll(timeout_s * 1000):
            data = os.read(self._out.fileno(), READ_BYTES)
            if not data:
                raise EOFError
            self._bytes += data
            self._split()
        return self._messages.popleft() if self._messages else None

    def _split(self) -> None:
        while len(self._bytes) >= HEAD.size:
            at_s, kind, size = HEAD.unpack_from(self._bytes)
            end = HEAD.size + size
            if len(self._bytes) < end:
                return
            self._messages.append(DeviceMessage(at_s, kind, self._bytes[HEAD.size : end]))
            self._bytes = self._bytes[end:]

    def send(self, block: bytes) -> None:
        with suppress(OSError):  # `receive` tells
            self._in.write(block)

    def close(self, *, at_once: bool) -> None:
        self._in.close()
        try:
            self._process.wait(0 if at_once else LEAVE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # it leads a group of its own: with what it has started
            with suppress(subprocess.TimeoutExpired):  # subprocess itself buries it when the next process is started
                self._process.wait(KILLED_S)
        self._out.close()
