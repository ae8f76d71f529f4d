"""A sound device that comes and goes: opened, watched, given up and opened again, for ever. No sound in here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from edge_agent.clock import Clock
from edge_agent.errors import DeviceError
from edge_agent.lines.device_parent import DeviceProcess, SpawnedProcess
from edge_agent.lines.device_process import BLOCK_AFTER_LOSS, FAILED, OPENED, DeviceMessage, Opened
from edge_agent.lines.devices import LIST_COMMAND, WORDS, Hopeless, Kind

START_BLOCKS = 50
START_S = 5.0
"""The first blocks, and those after a loss, have so long: PulseAudio takes some, and then none for up to 1.6 s
(measured)."""
LOST_S = 1.0
"""A device that later neither takes nor gives sound for so long is lost."""
RETRIES_S = (0.25, 0.5, 1.0, 1.0, 1.0, 2.0)
"""Pauses between two tries to open it, the last for ever: heard again within 5 s, of which PulseAudio may take 1.6.
Each try costs 0.09 s of processor (measured on x86)."""
STEADY_S = 10.0
"""A device that has worked for so long is tried again soon when it goes."""

OnStatus = Callable[[str], object]
"""Told once when a device goes, and once when it is there (again), in one sentence."""


class ReconnectingDevice:
    """One microphone or speaker. `opened` is what is open now, None while there is none.

    A device that was chosen by name is found again by the name it had, then by the name that was asked for; without
    a name it is whatever the system's default is by then. Impatient (`on_status` None), the first failure of the
    device is raised as DeviceError instead. Used by one thread.
    """

    def __init__(
        self,
        kind: Kind,
        name: str | None,
        *,
        clock: Clock,
        on_status: OnStatus | None = None,
        start: Callable[[Kind, Sequence[str]], DeviceProcess] = SpawnedProcess,
    ) -> None:
        self.kind = kind
        self.opened: Opened | None = None
        self._names = [name] if name is not None else []
        self._clock, self._on_status, self._start = clock, on_status, start
        self._process: DeviceProcess | None = None
        self._heard_of_s = self._retry_s = self._opened_s = clock.now()
        self._failures = 0
        self._blocks = 0
        self._told = False

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        """The next block of a microphone, or a speaker's demand for one; None when there is none in this time."""
        if self._process is None:
            until_s = self._clock.now() + timeout_s
            self._clock.sleep_until(min(until_s, self._retry_s))
            if self._clock.now() < self._retry_s:
                return None
            self._heard_of_s = self._clock.now()
            try:
                self._process = self._start(self.kind, self._names)
            except OSError as error:  # for want of memory, of descriptors
                self._lose(f"cannot be opened ({error.strerror})")
                return None
        try:
            message = self._process.receive(timeout_s)
        except (EOFError, OSError):
            self._lose("was lost")
            return None
        if message is None:
            patience_s = LOST_S if self._blocks >= START_BLOCKS else START_S
            if self._clock.now() - self._heard_of_s >= patience_s:
                self._lose("neither takes nor gives sound")
            return None
        self._heard_of_s = self._clock.now()
        return self._understood(message)

    def _understood(self, message: DeviceMessage) -> DeviceMessage | None:
        if message.kind == OPENED:
            self._found(Opened(*json.loads(message.payload)))
        elif message.kind == FAILED:
            reason = json.loads(message.payload)
            error = Hopeless if reason["hopeless"] else DeviceError
            self._lose(because=error(reason["message"], fix=reason["fix"]))
        else:
            self._blocks = 0 if message.kind == BLOCK_AFTER_LOSS else self._blocks + 1
            return message
        return None

    def wait_open(self) -> None:
        """Waits until the device is open or known not to be."""
        while self.opened is None and not self._failures:
            self.receive(START_S)

    def send(self, block: bytes) -> None:
        if self._process:
            self._process.send(block)

    def release(self, *, at_once: bool = True) -> None:
        """Close the device, if it is open: nothing of it is held any more. `receive` opens it again."""
        if self._process:
            self._process.close(at_once=at_once)
        self._process, self.opened, self._blocks = None, None, 0

    def _found(self, device: Opened) -> None:
        self.opened, self._opened_s = device, self._clock.now()
        if self._names and self._names[0] != device.name:
            self._names = [device.name, self._names[-1]]
        if self._told and self._on_status:
            self._on_status(f"The {WORDS[self.kind]} {device.name!r} is there.")
        self._told = False

    def _lose(self, what: str = "", because: DeviceError | None = None) -> None:
        if because is None:
            name = repr(self.opened.name) if self.opened else "that was chosen"
            because = DeviceError(f"The {WORDS[self.kind]} {name} {what}.", fix=LIST_COMMAND)
        now_s = self._clock.now()
        if self.opened and now_s - self._opened_s >= STEADY_S:
            self._failures = 0
        self._retry_s = now_s + RETRIES_S[min(self._failures, len(RETRIES_S) - 1)]
        self._failures += 1
        self.release()
        if self._on_status is None:
            raise because
        if not self._told:
            self._on_status(f"{because.args[0]} Waiting for it.")
        self._told = True
