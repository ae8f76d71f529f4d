"""A sink of sound that never blocks for good: the loudspeaker, and time that passes while there is none."""

from __future__ import annotations

import logging
import threading

import numpy as np

from edge_agent.clock import Clock, RealClock
from edge_agent.errors import DeviceError
from edge_agent.line import Tap
from edge_agent.lines.device_process import BLOCK_AFTER_LOSS, BLOCK_S, DeviceMessage, Opened
from edge_agent.lines.pcm import FADE_S, faded_out, to_int16
from edge_agent.lines.reconnecting import OnStatus, ReconnectingDevice
from edge_agent.resample import Resampler
from edge_agent.types import Samples

log = logging.getLogger(__name__)


class Loudspeaker:
    """A `Sink` at the voice's rate. While nobody speaks the device is fed silence.

    Left to run dry instead, the device starts 15 ms sooner, but ALSA prints "underrun occurred" at every
    sentence and the delay wanders, which an echo canceller has to follow. `underflows` counts what the driver
    reported. While the device is gone (`audible`), what is written takes its time and is not heard; without
    `on_status` it raises DeviceError instead.
    """

    AHEAD_S = 0.02
    """Sound that may still wait for the device when `write` returns: one block of the playback."""

    def __init__(
        self,
        rate_hz: int,
        name: str | None = None,
        *,
        on_status: OnStatus | None = None,
        clock: Clock | None = None,
        device: ReconnectingDevice | None = None,
    ) -> None:
        self._clock = clock or RealClock()
        self._device = device or ReconnectingDevice("output", name, clock=self._clock, on_status=on_status)
        self._device.wait_open()
        self.rate_hz = rate_hz
        self.underflows = 0
        self.tap: Tap = lambda samples, rate_hz: None
        self._opened = self._device.opened
        self.name = self._opened.name if self._opened else name
        self._fed_s = self._clock.now()
        self._waiting: Samples = np.zeros(0, np.float32)
        self._resampler = Resampler(rate_hz, self._feed_rate_hz)
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._failed: DeviceError | None = None
        self._thread = threading.Thread(target=self._serve, name="speaker", daemon=True)
        self._thread.start()

    @property
    def audible(self) -> bool:
        return self._opened is not None

    @property
    def _feed_rate_hz(self) -> int:
        return self._opened.rate_hz if self._opened else self.rate_hz

    def write(self, samples: Samples) -> None:
        """Raises DeviceError if the device is gone for good."""
        with self._changed:
            if len(self._waiting) == 0:
                # What the filter holds back belongs to the last sentence.
                self._resampler = Resampler(self.rate_hz, self._feed_rate_hz)
            self._waiting = np.concatenate([self._waiting, self._resampler.push(samples)])
            self._changed.wait_for(self._has_room)
        if self._failed and not self._closing.is_set():
            raise self._failed

    def _has_room(self) -> bool:
        gone = self._closing.is_set() or self._failed is not None
        return gone or len(self._waiting) <= self.AHEAD_S * self._feed_rate_hz

    def play(self, samples: Samples) -> None:
        """All of it; interrupted, by Ctrl-C or SIGTERM, it fades out. Raises as `write`."""
        block = round(self.AHEAD_S * self.rate_hz)
        try:
            for at in range(0, len(samples), block):
                self.write(samples[at : at + block])
        except BaseException:
            self.flush()
            raise

    def flush(self) -> None:
        with self._changed:
            self._waiting = faded_out(self._waiting, round(FADE_S * self._feed_rate_hz))
            self._resampler = Resampler(self.rate_hz, self._feed_rate_hz)
            self._changed.notify_all()

    def _serve(self) -> None:
        try:
            while not (self._closing.is_set() and len(self._waiting) == 0):
                self.feed()
            self._push_out()
        except DeviceError as error:
            self._failed = error
        finally:
            self._device.release(at_once=self._device.opened is None)
            self.flush()

    def feed(self) -> bool:
        """One block to the device, when it asks for one; without a device, time passes. Whether it asked."""
        asked = self._device.receive(BLOCK_S)
        now_s = self._clock.now()
        with self._changed:
            self._notice(self._device.opened)
            device = self._opened
            if asked and device:
                self._count(asked)
                sound = self._next(device.block)
            elif device is None:
                self._next(round((now_s - self._fed_s) * self._feed_rate_hz))
            self._fed_s = now_s
        if asked and device:
            block = np.zeros((device.block, device.channels), np.int16)
            block[: len(sound), :2] = to_int16(sound)[:, None]  # of more, the two in front
            self._device.send(block.tobytes())
            self.tap(np.pad(sound, (0, device.block - len(sound))), device.rate_hz)
        return asked is not None

    def _count(self, asked: DeviceMessage) -> None:
        if asked.kind == BLOCK_AFTER_LOSS:
            self.underflows += 1
            log.warning("The speaker ran dry for a moment (%d times so far).", self.underflows)

    def _notice(self, device: Opened | None) -> None:
        """The device has gone or come: what waits has another rate, and is old."""
        if device is not self._opened:
            self._opened = device
            self._waiting = self._waiting[:0]
            self._resampler = Resampler(self.rate_hz, self._feed_rate_hz)
            self._changed.notify_all()

    def _next(self, samples: int) -> Samples:
        sound, self._waiting = np.split(self._waiting, [samples])
        self._changed.notify_all()
        return sound

    def _push_out(self) -> None:
        """stop() forgets what the device still holds (23 ms of speech were lost): silence pushes it out."""
        blocks = 2 + round(self._opened.latency_s / BLOCK_S) if self._opened else 0
        while blocks and self._device.opened:
            blocks -= self.feed()

    def close(self) -> None:
        """What was accepted is still heard, unless flushed."""
        self._closing.set()
        self._thread.join()
