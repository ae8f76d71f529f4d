"""Opus: coder and decoder of one stream, through libopus itself (ctypes): PyAV has no way to its repairs.

The decoder conceals what was lost and uses the copy of a lost frame that the packet behind it may hold (in-band FEC);
the coder sends such copies. Both work at the rate that is asked for: 16 kHz mono come out, downmixed and resampled.
The library comes with PyAV's wheels; where PyAV is built by the system, it is the system's.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

from edge_agent.errors import EdgeAgentError
from edge_agent.types import Samples

LONGEST_S = 0.12
"""The longest packet that there is (RFC 6716, section 3.2.5)."""
MOST_BYTES = 1276
"""The longest frame."""
BITS = 40_000
"""A second of coded voice. With 32,000 at a loss of 5 % the coder finds no room for copies of frames: concealed, a
recording of which 10 % were lost was -8 dB off, and -16 dB with copies."""
EFFORT = 5
"""The coder's complexity, 0 to 10. 20 ms of voice cost 0.3 ms at 5 on an x86-64 core."""
EXPECTED_LOSS = 5
"""Percent, by which the coder weighs the copies that it sends."""
_VOIP = 2048
_SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS = 4002, 4010, 4012, 4014
_SYSTEM = "libopus.so.0"


class OpusError(EdgeAgentError):
    """The library is not there, or a packet is none of Opus."""


@cache
def _library() -> ctypes.CDLL:
    """Raises OpusError."""
    spec = importlib.util.find_spec("av")
    beside = Path(spec.origin).parent.parent / "av.libs" if spec and spec.origin else Path()
    for name in [*map(str, beside.glob("libopus*.so*")), _SYSTEM]:
        try:
            return _typed(ctypes.CDLL(name))
        except OSError:
            continue
    raise OpusError("The library of the codec Opus is not installed.", fix="sudo apt-get install libopus0")


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    number, place = ctypes.c_int32, ctypes.c_void_p
    for name, returned, taken in (
        ("opus_encoder_create", place, [number, number, number, place]),
        ("opus_encoder_destroy", None, [place]),
        ("opus_encode_float", number, [place, place, number, place, number]),
        ("opus_decoder_create", place, [number, number, place]),
        ("opus_decoder_destroy", None, [place]),
        ("opus_decode_float", number, [place, ctypes.c_char_p, number, place, number, number]),
        ("opus_packet_get_nb_samples", number, [ctypes.c_char_p, number, number]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    library.opus_encoder_ctl.restype = number  # takes what the request asks for: no types can be said
    return library


def check() -> None:
    """Raises OpusError where the library is not there."""
    _library()


def length(payload: bytes, rate_hz: int) -> int:
    """Samples in a packet at `rate_hz`; 0 for what is no packet of Opus."""
    return max(0, int(_library().opus_packet_get_nb_samples(payload, len(payload), rate_hz))) if payload else 0


class OpusDecoder:
    """One stream, mono, at `rate_hz` (8, 12, 16, 24 or 48 kHz). Not for two threads at once."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._opus = _library()
        self._state = ctypes.c_void_p(self._opus.opus_decoder_create(rate_hz, 1, None))
        self._sound = np.zeros(round(LONGEST_S * rate_hz), np.float32)

    def decode(self, payload: bytes) -> Samples:
        """The sound of a packet. Raises OpusError for what is none."""
        return self._run(payload, len(self._sound), 0)

    def conceal(self, count: int, repair: bytes | None = None) -> Samples:
        """`count` samples in place of what was lost: from the copy in `repair`, the packet right behind it, as far as
        there is one; else the sound before it goes on and fades. A count that is no multiple of 2.5 ms is silence."""
        if count % (self.rate_hz // 400) or not 0 < count <= len(self._sound):
            return np.zeros(max(0, count), np.float32)
        try:
            return self._run(repair, count, 1) if repair else self._run(None, count, 0)
        except OpusError:
            return np.zeros(count, np.float32)

    def _run(self, payload: bytes | None, most: int, fec: int) -> Samples:
        opus, size = self._opus, len(payload) if payload else 0
        count = opus.opus_decode_float(self._state, payload, size, self._sound.ctypes.data, most, fec)
        if count < 0:
            raise OpusError(f"A packet is none of Opus ({count}).")
        return self._sound[:count].copy()

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._opus.opus_decoder_destroy(state)


class OpusCoder:
    """One stream, mono, at `rate_hz`. Not for two threads at once."""

    def __init__(self, rate_hz: int) -> None:
        self._opus = _library()
        self._state = ctypes.c_void_p(self._opus.opus_encoder_create(rate_hz, 1, _VOIP, None))
        self._packet = ctypes.create_string_buffer(MOST_BYTES)
        for request, value in (
            (_SET_BITRATE, BITS),
            (_SET_COMPLEXITY, EFFORT),
            (_SET_FEC, 1),
            (_SET_LOSS, EXPECTED_LOSS),
        ):
            self._opus.opus_encoder_ctl(self._state, request, ctypes.c_int32(value))

    def encode(self, samples: Samples) -> bytes:
        """A packet of float32 (n,) in [-1, 1]: 2.5, 5, 10, 20, 40 or 60 ms. Raises OpusError for another length."""
        sound = np.ascontiguousarray(samples, np.float32)
        size = self._opus.opus_encode_float(self._state, sound.ctypes.data, len(sound), self._packet, MOST_BYTES)
        if size < 0:
            raise OpusError(f"Opus takes no {len(sound)} samples ({size}).")
        return self._packet.raw[:size]

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._opus.opus_encoder_destroy(state)
