"""Recorder: a conversation as a folder (mic.wav and events.jsonl) that `edge-agent replay` can run again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from edge_agent.errors import InputError
from edge_agent.line import Line
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import AudioFrame, Samples
from edge_agent.watch.log import EventFile

MICROPHONE = "mic.wav"
EVENTS = "events.jsonl"


class Recorder:
    """Wraps a line: `line` is to be used in its place. The sound is kept in memory and written at the end."""

    def __init__(self, folder: Path, line: Line) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a voice: for its owner alone
        except OSError as error:
            raise InputError(f"Nothing can be recorded in {folder} ({error.strerror}).") from error
        self._folder = folder
        self._source = _RecordingSource(line)
        self._events = EventFile(folder / EVENTS)
        self.line: Line = _RecordedLine(line, self._source)
        self.on_event = self._events.__call__

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with ExitStack() as both:  # the sound also where the events could not be written
            both.push(self._events.__exit__)
            if self._source.heard:
                write_wav(self._folder / MICROPHONE, np.concatenate(self._source.heard), self._source.rate_hz)


class _RecordingSource:
    def __init__(self, line: Line) -> None:
        self._source = line.source
        self.rate_hz = line.source.rate_hz
        self.heard: list[Samples] = []

    def read(self) -> AudioFrame | None:
        frame = self._source.read()
        if frame is not None:
            self.heard.append(frame.samples)
        return frame

    def close(self) -> None:
        self._source.close()


class _RecordedLine:
    def __init__(self, line: Line, source: _RecordingSource) -> None:
        self._line = line
        self.source = source
        self.sink = line.sink

    def now_s(self) -> float:
        return self._line.now_s()

    @property
    def ended_s(self) -> float | None:
        return self._line.ended_s

    def close(self) -> None:
        self._line.close()
