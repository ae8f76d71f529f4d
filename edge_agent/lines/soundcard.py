"""A line made of the microphone and the loudspeaker of this machine, through PortAudio.

Two streams, never one duplex stream (over PulseAudio that died in 3 of 4 tries), each with a thread of its
own that does nothing but blocking reads or writes. These raise at once when the sound server dies, whereas
`read_available` and `abort` then hang for ever (measured with kill -9), so nothing else touches a running
stream.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
from contextlib import suppress
from typing import Any

import numpy as np

from edge_agent.errors import DeviceError
from edge_agent.lines.devices import LIST_COMMAND, WORDS, Kind, channels_at, find_device, portaudio, quiet
from edge_agent.lines.pcm import to_int16, to_mono_float
from edge_agent.resample import Resampler
from edge_agent.types import AudioFrame, Samples

log = logging.getLogger(__name__)

RATES_HZ = (48_000, 16_000)
"""Tried in this order before the device's default. 48 kHz is what most hardware runs at; asked for anything
else, ALSA's own converter would interpolate without a filter, and its aliases end up in the ASR.
"""

BLOCK_S = 0.01
LATENCY: dict[Kind, str | float] = {"input": "low", "output": 0.03}
"""What PortAudio is asked for. With all cores busy, "low" (9 ms) for the output broke the sound at every
second sentence and 0.03 s hardly ever; it costs 22 ms: 46 instead of 24 ms from `write` to the microphone
over PulseAudio.
"""

START_S = 5.0
"""PulseAudio's first sound takes up to 1.6 s after opening."""

LOST_S = 2.0
"""A device that later neither takes nor gives sound for so long is lost."""

BACKLOG_BLOCKS = 1000
"""10 s of sound that nobody has read; then the oldest goes."""


class _Stream:
    """One opened PortAudio stream, the thread that serves it, and what became of it."""

    def __init__(self, kind: Kind, name: str | None) -> None:
        sd = portaudio()
        device = find_device(kind, name)
        self.kind, self.name = kind, device.name
        for rate_hz in (*RATES_HZ, device.rate_hz):
            if channels := channels_at(device, rate_hz):
                break
        else:
            raise self.lost("takes neither mono nor stereo 16-bit sound at any usual rate")
        self.rate_hz, self.channels, self.block = rate_hz, channels, round(rate_hz * BLOCK_S)
        self.started = False
        self.closing = threading.Event()
        self.failed: Exception | None = None
        self._thread: threading.Thread | None = None
        self._close_lock = threading.Lock()
        make = sd.InputStream if kind == "input" else sd.OutputStream
        form = {"samplerate": rate_hz, "channels": channels, "dtype": "int16", "latency": LATENCY[kind]}
        try:
            with quiet():
                self.raw = make(device=device.index, **form)
                self.raw.start()
        except sd.PortAudioError as error:
            raise self.lost(f"cannot be opened: {error.args[0]}") from error

    def serve(self, loop: Any, then: Any) -> None:
        """Run `loop` in a thread, `then` when it has ended or failed."""

        def run() -> None:
            try:
                loop()
            except portaudio().PortAudioError as error:
                self.failed = error
            finally:
                then()

        self._thread = threading.Thread(target=run, name=WORDS[self.kind], daemon=True)
        self._thread.start()
        # PortAudio's own exit handler crashes under a waiting read (1 of 3 tries); ours runs before it.
        atexit.register(self.close)

    @property
    def patience_s(self) -> float:
        return LOST_S if self.started else START_S

    def lost(self, what: str = "was lost") -> DeviceError:
        return DeviceError(f"The {WORDS[self.kind]} {self.name!r} {what}.", fix=LIST_COMMAND)

    def close(self) -> None:
        """Waits for the thread first: closing a stream under a waiting read aborts the process (measured)."""
        with self._close_lock:
            if self._thread is None:
                return
            atexit.unregister(self.close)
            self.closing.set()
            self._thread.join(START_S)
            if self._thread.is_alive():
                log.warning("the %s %r does not answer and stays open", WORDS[self.kind], self.name)
                return
            self._thread = None
            if not self.failed:
                self.raw.stop()
            self.raw.close()


class Microphone:
    """A `Source`: blocks of 10 ms at the device's rate, mono. `overflows` counts losses, ours too."""

    def __init__(self, name: str | None = None) -> None:
        self._stream = _Stream("input", name)
        self.name = self._stream.name
        self.rate_hz = self._stream.rate_hz
        self.captured = 0
        """Samples since the line opened."""
        self.overflows = 0
        self._blocks: queue.Queue[AudioFrame | None] = queue.Queue(BACKLOG_BLOCKS)
        self._stream.serve(self._capture, then=lambda: self._hand_over(None))

    def _capture(self) -> None:
        while not self._stream.closing.is_set():
            sound, overflowed = self._stream.raw.read(self._stream.block)
            self._stream.started = True
            self.overflows += bool(overflowed)
            self._hand_over(AudioFrame(to_mono_float(sound), self.rate_hz, self.captured))
            self.captured += len(sound)

    def _hand_over(self, block: AudioFrame | None) -> None:
        while True:
            try:
                return self._blocks.put_nowait(block)
            except queue.Full:
                with suppress(queue.Empty):
                    self._blocks.get_nowait()
                self.overflows += 1

    def read(self) -> AudioFrame | None:
        """The next block; None after close. Raises DeviceError within `LOST_S` when the device is gone."""
        if self._stream.closing.is_set():
            return None
        try:
            block = self._blocks.get(timeout=self._stream.patience_s)
        except queue.Empty:
            raise self._stream.lost("gives no sound") from None
        if block is None and not self._stream.closing.is_set():
            raise self._stream.lost() from self._stream.failed
        return block

    def close(self) -> None:
        self._stream.closing.set()
        self._hand_over(None)
        self._stream.close()


class Speaker:
    """A `Sink` at the voice's rate. While nobody speaks the device is fed silence.

    Left to run dry instead, the device starts 15 ms sooner, but ALSA prints "underrun occurred" at every
    sentence and the delay wanders, which an echo canceller has to follow. `underflows` counts what the driver
    reported.
    """

    AHEAD_S = 0.02
    """Sound that may still wait for the device when `write` returns: one block of the playback."""

    def __init__(self, rate_hz: int, name: str | None = None) -> None:
        self._stream = _Stream("output", name)
        self.name = self._stream.name
        self.rate_hz = rate_hz
        self.delay_s = self.AHEAD_S + float(self._stream.raw.latency)
        self.underflows = 0
        self._resampler = Resampler(rate_hz, self._stream.rate_hz)
        self._waiting: Samples = np.zeros(0, np.float32)
        self._changed = threading.Condition()
        self._stream.serve(self._feed, then=self.flush)

    def write(self, samples: Samples) -> None:
        """Raises DeviceError if the device is gone."""
        with self._changed:
            if len(self._waiting) == 0:
                # What the filter holds back belongs to the last sentence.
                self._resampler = Resampler(self.rate_hz, self._stream.rate_hz)
            self._waiting = np.concatenate([self._waiting, self._resampler.push(samples)])
            patience_s = self._stream.patience_s + len(samples) / self.rate_hz
            moved = self._changed.wait_for(self._has_room, timeout=patience_s)
        if not self._stream.closing.is_set() and (self._stream.failed or not moved):
            raise self._stream.lost() from self._stream.failed

    def _has_room(self) -> bool:
        gone = self._stream.closing.is_set() or self._stream.failed is not None
        return gone or len(self._waiting) <= self.AHEAD_S * self._stream.rate_hz

    def flush(self) -> None:
        with self._changed:
            self._waiting = self._waiting[:0]
            self._changed.notify_all()

    def _feed(self) -> None:
        stream = self._stream
        while not (stream.closing.is_set() and len(self._waiting) == 0):
            with self._changed:
                sound, self._waiting = np.split(self._waiting, [stream.block])
                self._changed.notify_all()
            self._put(sound)
        # stop() forgets what the device still holds (23 ms of speech were lost): silence pushes it out.
        for _ in range(2 + round(stream.raw.latency / BLOCK_S)):
            self._put(self._waiting)

    def _put(self, sound: Samples) -> None:
        """One block to the device, filled up with silence. Waits while its buffer is full."""
        block = np.zeros((self._stream.block, self._stream.channels), np.int16)
        block[: len(sound)] = to_int16(sound)[:, None]
        self.underflows += bool(self._stream.raw.write(block))
        self._stream.started = True

    def close(self) -> None:
        """What was accepted is still heard, unless flushed."""
        self._stream.close()


class SoundCard:
    """A `Line`: microphone and loudspeaker, each chosen by a part of its name, None for the system's default.

    Line time counts the samples of the microphone. Raises DeviceError if a device is missing or busy.
    """

    ended_s = None
    """Nobody hangs up on a sound card."""

    def __init__(self, *, output_rate_hz: int, microphone: str | None = None, speaker: str | None = None) -> None:
        self.source = Microphone(microphone)
        try:
            self.sink = Speaker(output_rate_hz, speaker)
        except DeviceError:
            self.source.close()
            raise

    def now_s(self) -> float:
        return self.source.captured / self.source.rate_hz

    def close(self) -> None:
        self.source.close()
        self.sink.close()


TONE_HZ = 440


def play_tone(sink: Speaker, seconds: float = 1.0) -> None:
    """A soft tone (-20 dBFS) that fades in and out, to hear whether a speaker works."""
    n, block = round(seconds * sink.rate_hz), sink.rate_hz // 50
    time_s = np.arange(n) / sink.rate_hz
    fade = np.clip(np.minimum(time_s, seconds - time_s) / 0.05, 0, 1)
    tone = (0.1 * fade * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32)
    for start in range(0, n, block):
        sink.write(tone[start : start + block])
