"""Audio files: any format in, mono 16-bit WAV out."""

from __future__ import annotations

import errno
import io
import logging
import math
import os
import sys
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from edge_agent.errors import InputError
from edge_agent.lines.pcm import to_int16, to_mono_float
from edge_agent.resample import Resampler
from edge_agent.state import STDOUT, led_to, new_whole, open_regular
from edge_agent.types import Samples

log = logging.getLogger(__name__)

MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 768_000
"""Outside of what any recorder makes: a damaged header."""

FULL_SIZE_UNKNOWN = (0, 0xFFFFFFFF)
"""What a WAV written to a pipe puts in the place of its size."""

MOST_BYTES = 0xFFFFFFFF - 36
"""A WAV holds at most so much sound, as its header counts in 32 bits: 12 hours at 48 kHz."""


def read_audio(path: Path) -> tuple[Samples, int]:
    """Decode a file (WAV, FLAC, MP3, OGG, ...) to float32 mono `(n,)`, the mean of its channels, at its own
    rate in Hz.

    A damaged file gives what can be decoded, with a warning in the log. Raises InputError without any sound.
    """
    try:
        with open_regular(path) as file:
            _warn_if_cut_short(path, file)
            # Read before it is decoded: PyAV prints tracebacks of what fails while it reads.
            return read_sound(io.BytesIO(file.read()), str(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"Cannot read {path}: {reason}.") from error


def read_sound(file: BinaryIO, name: str, *, most_s: float = math.inf, to_hz: int | None = None) -> tuple[Samples, int]:
    """Reads an open file as read_audio does, at `to_hz` if that is given: only this much is ever held.

    Raises InputError also for more than `most_s`: a small file may hold hours.
    """
    parts: list[Samples] = []
    resampler: Resampler | None = None
    for block, rate_hz in _decoded(name, file, most_s):
        resampler = resampler or Resampler(rate_hz, to_hz or rate_hz)
        parts.append(resampler.push(block))
    if resampler is None:
        raise InputError(f"{name} holds no sound.")
    return np.concatenate([*parts, resampler.flush()]), resampler.to_hz


def _decoded(name: str, file: BinaryIO, most_s: float) -> Iterator[tuple[Samples, int]]:
    """The first audio stream in blocks of about a second, none empty, each with its rate. Raises InputError for what
    is no sound, or too much of it."""
    held: list[Samples] = []
    rate_hz = 0
    for samples, rate_hz in _frames(name, file, most_s):
        held.append(samples)
        if sum(map(len, held)) >= rate_hz:
            yield _sound(held), rate_hz
            held = []
    if any(map(len, held)):
        yield _sound(held), rate_hz


def _sound(parts: list[Samples]) -> Samples:
    """Float formats may hold anything; NaN would spoil whatever is computed from it."""
    return np.clip(np.nan_to_num(np.concatenate(parts), nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)


def _frames(name: str, file: BinaryIO, most_s: float) -> Iterator[tuple[Samples, int]]:
    """The frames of the first audio stream as `(n,)` with their rates; InputError if there is none, or too much."""
    import av
    from av.error import FFmpegError

    count = 0
    try:
        # An open file and not its name, and no protocol but "file": a playlist could name a URL, and a path
        # such as "concat:..." is FFmpeg's own language.
        with av.open(file, options={"protocol_whitelist": "file"}) as container:
            stream = container.streams.audio[0] if container.streams.audio else None
            if stream is None or stream.codec_context is None:  # no sound, or in an unknown coding
                raise InputError(f"{name} holds no sound.")
            try:
                for frame in container.decode(stream):
                    rate_hz = frame.sample_rate
                    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
                        raise InputError(f"{name} claims a sample rate of {rate_hz} Hz, which is no sound.")
                    samples = _mono(frame)
                    count += len(samples)
                    if count > most_s * rate_hz:
                        raise InputError(f"{name} holds too much sound: more than {most_s:.0f} s.")
                    yield samples, rate_hz
            except FFmpegError as error:
                log.warning("%s is damaged after %d samples: %s", name, count, error)
    except (FFmpegError, ValueError) as error:
        raise InputError(f"{name} holds no sound that can be read.") from error


def _mono(frame: Any) -> Samples:
    array = frame.to_ndarray()
    if frame.format.is_planar:
        return to_mono_float(array.T)
    return to_mono_float(array.reshape(-1, frame.layout.nb_channels))


def _warn_if_cut_short(path: Path, file: BinaryIO) -> None:
    """FFmpeg reads a truncated WAV without a word; the RIFF header knows how long it should have been."""
    head = file.read(8)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    promised = int.from_bytes(head[4:8], "little")
    if head[:4] == b"RIFF" and promised not in FULL_SIZE_UNKNOWN and size < promised + 8:
        log.warning("%s is cut short: %d of %d bytes are there", path, size, promised + 8)


class WavFile:
    """Writes float32 mono as 16-bit WAV to `file`, piece by piece; after each piece `file` holds a whole WAV."""

    def __init__(self, file: BinaryIO, rate_hz: int) -> None:
        self._wav = wave.open(file, "wb")  # noqa: SIM115
        self._wav.setnchannels(1)
        self._wav.setsampwidth(2)
        self._wav.setframerate(rate_hz)

    def write(self, samples: Samples) -> None:
        """Raises OSError, also when a WAV can hold no more."""
        data = to_int16(samples).astype("<i2").tobytes()
        if 2 * self._wav.tell() + len(data) > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        self._wav.writeframes(data)

    def close(self) -> None:
        """Leaves `file` open. Raises OSError."""
        self._wav.close()


def write_wav(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write float32 mono `(n,)` as 16-bit WAV, whole or not at all: it gets its name when it is complete. For its owner
    alone (0600). STDOUT is standard output.

    Raises InputError if the place cannot be written.
    """
    if path == STDOUT:
        whole = io.BytesIO()  # the head of a WAV has its length, and a pipe does not go back
        with closing(WavFile(whole, rate_hz)) as wav:
            wav.write(samples)
        sys.stdout.buffer.write(whole.getvalue())
        return
    try:
        with new_whole(led_to(path)) as file, closing(WavFile(file, rate_hz)) as wav:
            wav.write(samples)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"Cannot write {path}: {reason}.") from error
