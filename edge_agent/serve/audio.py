"""Sound on the wire: PCM16 at 24 kHz or G.711 at 8 kHz, in and out of what the engines use."""

from __future__ import annotations

from typing import Literal

import numpy as np

from edge_agent.lines.pcm import to_int16, to_mono_float
from edge_agent.resample import Resampler
from edge_agent.serve import g711
from edge_agent.types import HEAR_RATE_HZ, Samples

AudioFormat = Literal["pcm16", "g711_ulaw", "g711_alaw"]
"""The names of the beta dialect."""

RATES_HZ: dict[AudioFormat, int] = {"pcm16": 24_000, "g711_ulaw": 8_000, "g711_alaw": 8_000}
_LAWS: dict[AudioFormat, g711.Law] = {"g711_ulaw": "ulaw", "g711_alaw": "alaw"}
_PCM16 = np.dtype("<i2")


def bytes_per_ms(format: AudioFormat) -> int:
    """48 or 8."""
    return RATES_HZ[format] // 1000 * (1 if format in _LAWS else _PCM16.itemsize)


class Incoming:
    """The sound of one client: what it was cut into makes no difference."""

    def __init__(self, format: AudioFormat) -> None:
        self._law = _LAWS.get(format)
        self._resampler = Resampler(RATES_HZ[format], HEAR_RATE_HZ)
        self._odd = b""
        """The first half of a sample whose other half is to come."""

    def push(self, data: bytes) -> Samples:
        """Float32 (n,) at HEAR_RATE_HZ; 1 to 2 ms are held back by the resampler."""
        if self._law:
            samples = g711.decode(data, self._law)
        else:
            data = self._odd + data
            whole = len(data) - len(data) % _PCM16.itemsize
            samples, self._odd = np.frombuffer(data[:whole], _PCM16).astype(np.int16), data[whole:]
        # Clipped: the resampler overshoots by up to some 10 % at full scale.
        return np.clip(self._resampler.push(to_mono_float(samples)), -1.0, 1.0)


class Outgoing:
    """The sound of one answer on its way to a client."""

    def __init__(self, format: AudioFormat, rate_hz: int) -> None:
        """`rate_hz`: of the voice."""
        self._law = _LAWS.get(format)
        self._rates = rate_hz, RATES_HZ[format]
        self._resampler = Resampler(*self._rates)

    def push(self, samples: Samples, *, last: bool = False) -> bytes:
        """Bytes of the wire for float32 (n,) in [-1, 1]. `last`: with the 1 to 2 ms that the resampler holds back;
        what is pushed after that is a new sound."""
        ready = self._resampler.push(samples)
        if last:
            ready = np.concatenate([ready, self._resampler.flush()])
            self._resampler = Resampler(*self._rates)
        return g711.encode(to_int16(ready), self._law) if self._law else to_pcm16(ready)


class Track:
    """Sound of one client that comes by a track: as bytes of the format that its session has."""

    def __init__(self) -> None:
        self._format: AudioFormat = "pcm16"
        self._outgoing: Outgoing | None = None

    def to_wire(self, samples: Samples, rate_hz: int, format: AudioFormat) -> bytes:
        """`rate_hz` is always the same."""
        if self._outgoing is None or format != self._format:
            self._format, self._outgoing = format, Outgoing(format, rate_hz)
        return self._outgoing.push(samples)


def to_pcm16(samples: Samples) -> bytes:
    """Returns float32 (n,) in [-1, 1] as 2n bytes."""
    return to_int16(samples).astype(_PCM16).tobytes()


def transcoded(pcm16: bytes, rate_hz: int, format: AudioFormat) -> bytes:
    """Returns a whole sound, given as PCM16 at `rate_hz`, as bytes of the wire."""
    return Outgoing(format, rate_hz).push(to_mono_float(np.frombuffer(pcm16, _PCM16).astype(np.int16)), last=True)
