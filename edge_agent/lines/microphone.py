"""A source of sound that never ends: the microphone, and silence while there is none or it is muted."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from edge_agent.clock import Clock, RealClock
from edge_agent.lines.device_process import BLOCK_AFTER_LOSS, DeviceMessage, Opened
from edge_agent.lines.pcm import to_mono_float
from edge_agent.lines.reconnecting import OnStatus, ReconnectingDevice
from edge_agent.resample import Resampler
from edge_agent.state import state_dir, switches_dir
from edge_agent.types import AudioFrame, Samples

log = logging.getLogger(__name__)

USUAL_RATE_HZ = 48_000
"""The rate of a line that began without a device."""
SILENCE_S = 0.1
"""Silence of a missing or muted microphone comes in pieces of this."""
LOOK_S = 0.25
"""The pause between two looks whether the microphone is muted: 2 µs each."""


def muted() -> str:
    """The sentence, with the command that lifts it: the switch of a system service is root's."""
    systems = switches_dir() != state_dir()
    command = f"{'sudo ' * systems}edge-agent unmute{' --system' * systems}"
    return f"The microphone is muted: nothing is heard until `{command}`."


class Microphone:
    """A `Source`: blocks of 10 ms, mono, at the rate of the first device. `overflows` counts losses.

    Whatever is missing, because the driver lost it, the device is gone or the microphone is muted, is silence of the
    same length: line time goes on. Without `on_status` a missing device raises DeviceError instead.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        on_status: OnStatus | None = None,
        muted: Callable[[], bool] = lambda: False,
        clock: Clock | None = None,
        device: ReconnectingDevice | None = None,
    ) -> None:
        self._clock = clock or RealClock()
        self._device = device or ReconnectingDevice("input", name, clock=self._clock, on_status=on_status)
        self._muted, self._on_status = muted, on_status
        self._is_muted, self._looked_s = False, -LOOK_S
        self._look_whether_muted()
        if not self._is_muted:
            self._device.wait_open()
        opened = self._device.opened
        self.name = opened.name if opened else name
        self.rate_hz = opened.rate_hz if opened else USUAL_RATE_HZ
        self.captured = 0
        """Samples since the line opened."""
        self.overflows = 0
        self._until_s = self._clock.now()
        """Up to when, on the clock, there is sound or silence on the line."""
        self._opened: Opened | None = None
        self._resampler = Resampler(self.rate_hz, self.rate_hz)
        self._ready: deque[AudioFrame] = deque()
        self._closing = threading.Event()
        self._reading = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether there is sound to be heard: a device is open, and not muted."""
        return self._device.opened is not None and not self._is_muted

    def read(self) -> AudioFrame | None:
        """The next sound; None after close. Without `on_status`, DeviceError soon after a loss."""
        with self._reading:
            while not self._ready and not self._closing.is_set():
                self._take()
            return None if self._closing.is_set() else self._ready.popleft()

    def _take(self) -> None:
        self._look_whether_muted()
        if self._is_muted:
            self._clock.sleep_until(self._clock.now() + SILENCE_S)
            message = None
        else:
            message = self._device.receive(SILENCE_S)
        if message:
            self._hear(message)
        elif self._device.opened is None:
            self._fill_until(self._clock.now())

    def _look_whether_muted(self) -> None:
        now_s = self._clock.now()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        before, self._is_muted = self._is_muted, self._muted()
        if self._is_muted == before:
            return
        if self._is_muted:
            self._device.release()
        if self._on_status:
            self._on_status(muted() if self._is_muted else "The microphone is no longer muted.")

    def _hear(self, block: DeviceMessage) -> None:
        device = self._device.opened
        assert device is not None
        anew = device is not self._opened
        if anew:
            self._opened, self._resampler = device, Resampler(device.rate_hz, self.rate_hz)
        sound = np.frombuffer(block.payload, np.int16).reshape(-1, device.channels)
        if device.channels > 2:  # an array, whose others are raw, or what the speaker plays
            sound = sound[:, :1]
        if block.kind == BLOCK_AFTER_LOSS:
            self.overflows += 1
            log.warning("The driver of the microphone lost sound (%d times so far): silence for it.", self.overflows)
        if anew or block.kind == BLOCK_AFTER_LOSS:
            self._fill_until(block.at_s - len(sound) / device.rate_hz)
        self._append(self._resampler.push(to_mono_float(sound)))
        self._until_s = max(self._until_s, block.at_s)

    def _fill_until(self, at_s: float) -> None:
        missing = round((at_s - self._until_s) * self.rate_hz)
        if missing > 0:
            self._append(np.zeros(missing, np.float32))
            self._until_s = at_s

    def _append(self, samples: Samples) -> None:
        if len(samples):
            self._ready.append(AudioFrame(samples, self.rate_hz, self.captured))
            self.captured += len(samples)

    def close(self) -> None:
        self._closing.set()
        with self._reading:
            self._device.release()
