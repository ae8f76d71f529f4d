"""What the client has sent of its user's sound, and not yet made an item of. Milliseconds count from the first byte of
the session."""

from __future__ import annotations

from edge_agent.serve.audio import AudioFormat, Incoming, bytes_per_ms
from edge_agent.types import Samples

MOST_BYTES = 15 * 2**20
"""5.4 min of PCM: what one event may carry. Beyond, the oldest is dropped."""


class InputBuffer:
    def __init__(self, format: AudioFormat) -> None:
        self.format: AudioFormat = format
        self._incoming = Incoming(format)
        self._held = bytearray()
        self._end_ms = 0.0

    @property
    def end_ms(self) -> int:
        """All that was ever sent."""
        return round(self._end_ms)

    @property
    def held_ms(self) -> float:
        return len(self._held) / bytes_per_ms(self.format)

    def append(self, data: bytes) -> Samples:
        """Float32 (n,) at HEAR_RATE_HZ, for the ears. A byte without its other half waits for it."""
        self._held += data
        self._end_ms += len(data) / bytes_per_ms(self.format)
        self._drop(len(self._held) - MOST_BYTES)
        return self._incoming.push(data)

    def change(self, format: AudioFormat) -> None:
        """What was sent in another format is dropped."""
        if format != self.format:
            self.format, self._incoming = format, Incoming(format)
            self._held.clear()

    def keep(self, ms: float) -> None:
        """Drop what is older than `ms`."""
        self._drop(len(self._held) - round(ms) * bytes_per_ms(self.format))

    def take(self, from_ms: float | None = None, to_ms: float | None = None) -> bytes:
        """What is held, or what of it was sent between the two, in whole samples. What was sent later stays."""
        if from_ms is not None:
            self.keep(self._end_ms - from_ms)
        later = 0 if to_ms is None else max(0, round(self._end_ms - to_ms)) * bytes_per_ms(self.format)
        whole = max(0, self._whole - later)
        data = bytes(self._held[:whole])
        del self._held[:whole]
        return data

    def clear(self) -> None:
        del self._held[: self._whole]

    @property
    def _sample(self) -> int:
        return 2 if self.format == "pcm16" else 1

    @property
    def _whole(self) -> int:
        return len(self._held) - len(self._held) % self._sample

    def _drop(self, count: int) -> None:
        """Drop at least `count` of the oldest bytes, in whole samples."""
        if count > 0:
            del self._held[: min(count + -count % self._sample, self._whole)]


def to_samples(data: bytes, format: AudioFormat) -> Samples:
    """A whole stretch as the ASR takes it: float32 (n,) at HEAR_RATE_HZ."""
    return Incoming(format).push(data)
