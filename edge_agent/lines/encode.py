"""Encoder: sound as it is made -> the bytes of an audio file, piece by piece."""

from __future__ import annotations

import io
import struct
from typing import Any, NamedTuple

import numpy as np

from edge_agent.lines.pcm import to_int16
from edge_agent.resample import Resampler
from edge_agent.types import Samples


class Encoding(NamedTuple):
    media_type: str
    container: str
    codec: str
    sample_format: str
    rate_hz: int


KINDS = {
    "mp3": Encoding("audio/mpeg", "mp3", "libmp3lame", "s16p", 24_000),
    "opus": Encoding("audio/ogg", "ogg", "libopus", "s16", 48_000),
    "aac": Encoding("audio/aac", "adts", "aac", "fltp", 24_000),
    "flac": Encoding("audio/flac", "flac", "flac", "s16", 24_000),
    "wav": Encoding("audio/wav", "", "", "", 24_000),
    "pcm": Encoding("audio/pcm", "", "", "", 24_000),
}
"""24 kHz as the OpenAI API has it: `pcm` is 16-bit little-endian without a header."""

WAV_STREAM = 0xFFFFFFFF
"""This stands in the place of a size that is not known yet."""


class Encoder:
    """One file. Mono float32 `(n,)` at `rate_hz` in, bytes out; `finish` gives the rest."""

    def __init__(self, kind: str, rate_hz: int) -> None:
        self._kind = KINDS[kind]
        self._resampler = Resampler(rate_hz, self._kind.rate_hz)
        self._ready = bytearray(_wav_header(self._kind.rate_hz) if kind == "wav" else b"")
        self._container: Any = None
        if self._kind.codec:
            self._open()

    def push(self, samples: Samples) -> bytes:
        return self._encoded(self._resampler.push(samples))

    def finish(self) -> bytes:
        """The file is then over."""
        rest = self._encoded(self._resampler.flush())
        if self._container is None:
            return rest
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return rest + self._taken()

    def _open(self) -> None:
        import av

        # FFmpeg writes to this file, which cannot seek: nothing at the front is mended afterwards.
        self._container = av.open(
            _Pipe(self._ready), "w", format=self._kind.container, options={"write_xing": "0"} if self._is_mp3 else {}
        )
        self._stream: Any = self._container.add_stream(self._kind.codec, rate=self._kind.rate_hz, layout="mono")
        self._stream.codec_context.format = self._kind.sample_format

    @property
    def _is_mp3(self) -> bool:
        return self._kind.container == "mp3"

    def _encoded(self, samples: Samples) -> bytes:
        if len(samples):
            pcm = to_int16(samples)
            if self._container is None:
                self._ready += pcm.astype("<i2").tobytes()
            else:
                self._container.mux(self._stream.encode(self._frame(pcm)))
        return self._taken()

    def _frame(self, pcm: np.ndarray[Any, np.dtype[np.int16]]) -> Any:
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._kind.rate_hz
        return frame

    def _taken(self) -> bytes:
        taken = bytes(self._ready)
        self._ready.clear()
        return taken


class _Pipe(io.RawIOBase):
    """The pipe that FFmpeg writes to; it cannot seek."""

    def __init__(self, into: bytearray) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._into += bytes(data)
        return len(data)


def _wav_header(rate_hz: int) -> bytes:
    """The header of 16-bit mono sound whose length is not known."""
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", WAV_STREAM, b"WAVE") + layout + struct.pack("<4sI", b"data", WAV_STREAM)
