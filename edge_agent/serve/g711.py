"""G.711: 16-bit samples to 8 bits and back, by tables that FFmpeg's codecs fill (through PyAV)."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Law = Literal["ulaw", "alaw"]


def encode(samples: npt.NDArray[np.int16], law: Law) -> bytes:
    """Returns one byte a sample, (n,)."""
    return bytes(_codes(law)[samples.view(np.uint16)])


def decode(data: bytes, law: Law) -> npt.NDArray[np.int16]:
    """Returns one sample a byte, (n,). Every byte is a code."""
    return _levels(law)[np.frombuffer(data, np.uint8)]


@cache
def _codes(law: Law) -> npt.NDArray[np.uint8]:
    """The code of each sample, by its 16 bits taken as unsigned: (65536,)."""
    from av import AudioFrame

    every = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    codec, frame = _codec(law, "w"), AudioFrame.from_ndarray(every[np.newaxis], format="s16", layout="mono")
    codec.format, frame.sample_rate = "s16", codec.sample_rate
    return np.frombuffer(b"".join(map(bytes, [*codec.encode(frame), *codec.encode(None)])), np.uint8)


@cache
def _levels(law: Law) -> npt.NDArray[np.int16]:
    """The sample of each code: (256,)."""
    from av import Packet

    levels: npt.NDArray[np.int16] = _codec(law, "r").decode(Packet(bytes(range(256))))[0].to_ndarray()[0]
    return levels


def _codec(law: Law, mode: Literal["r", "w"]) -> Any:
    from av import CodecContext

    codec: Any = CodecContext.create("pcm_mulaw" if law == "ulaw" else "pcm_alaw", mode)
    codec.sample_rate, codec.layout = 8_000, "mono"
    return codec
