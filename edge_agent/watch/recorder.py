"""Recorder: a conversation as a folder (mic.wav and events.jsonl) that `edge-agent replay` can run again."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from edge_agent.errors import InputError
from edge_agent.line import HeardThrough, Line
from edge_agent.lines.audio_file import WavFile
from edge_agent.state import new_private
from edge_agent.types import AudioFrame, Samples
from edge_agent.watch.log import EventFile
from edge_agent.watch.refusal import Refusal

MICROPHONE = "mic.wav"
EVENTS = "events.jsonl"
PART = f"{MICROPHONE}.part"
"""The sound until the conversation has ended; a whole WAV at any time. It is what a killed process leaves."""


class Recorder:
    """Wraps a line: `line` is to be used in its place. All is written as it happens: 0.7 GB of sound an hour would not
    stay in memory, nor outlive a kill."""

    def __init__(self, folder: Path, line: Line) -> None:
        """Raises InputError for a folder that cannot be written to."""
        with ExitStack() as opened:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a voice: for its owner alone
                self._sound = _SoundFile(folder, line.source.rate_hz)
            except OSError as error:
                raise InputError(f"Nothing can be recorded in {folder} ({error.strerror}).") from error
            opened.callback(self._sound.finish, silently=True)
            self._events = EventFile(folder / EVENTS)
            opened.pop_all()
        self.line: Line = HeardThrough(line, _RecordingSource(line, self._sound))
        self.on_event = self._events.__call__

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Raises StateError for a recording that lacks something, where nothing worse is on its way."""
        try:
            self._events.__exit__(kind, error, tb)
        finally:  # the sound also where the events could not be written
            self._sound.finish(silently=kind is not None)


class _SoundFile:
    """The growing file of the sound. After a refusal what is there keeps the name PART."""

    def __init__(self, folder: Path, rate_hz: int) -> None:
        """Raises OSError."""
        self._path, self._part = folder / MICROPHONE, folder / PART
        self._refusal = Refusal(self._part, "that was heard")
        self._empty = True
        self._file = new_private(self._part)
        self._wav = WavFile(self._file, rate_hz)

    def write(self, samples: Samples) -> None:
        if self._refusal:
            return
        with self._refusal.noted():
            self._wav.write(samples)
            self._file.flush()
            self._empty = False

    def finish(self, *, silently: bool) -> None:
        """Give the sound its name; nothing is left where there is none. Raises StateError unless `silently`."""
        with self._refusal.noted():  # what was left in the buffer is refused once more
            with self._file:
                self._wav.close()
                self._file.flush()
                os.fsync(self._file.fileno())  # the name must not outlive a power cut that the sound did not
            if self._empty:
                self._part.unlink()
            elif not self._refusal:
                self._part.replace(self._path)
        if not silently:
            self._refusal.tell()


class _RecordingSource:
    def __init__(self, line: Line, sound: _SoundFile) -> None:
        self._source, self._sound = line.source, sound
        self.rate_hz = line.source.rate_hz

    def read(self) -> AudioFrame | None:
        frame = self._source.read()
        if frame is not None:
            self._sound.write(frame.samples)
        return frame

    def close(self) -> None:
        self._source.close()
