"""Enrolled: the voices that are known, by name: numbers of what they sound like, and no sound."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.errors import StateError
from edge_agent.state import mend, write_whole
from edge_agent.types import Embedding

FILE = "voices.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """Somebody's voice."""

    name: str
    embedding: Embedding
    seconds: float
    """The speech that it was made of."""
    since: date


class Enrolled:
    """The file `voices.json` in a state directory, readable for its owner alone. It is read again when it has changed,
    so that a running agent knows whoever is enrolled."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / FILE
        self._read: tuple[int, tuple[KnownVoice, ...]] = 0, ()
        """When the file was written, and what was in it."""

    def voices(self) -> tuple[KnownVoice, ...]:
        """Returns those that are enrolled, by name; none where there is no file. One `stat` if nothing has changed.
        Raises StateError for a file that is broken.
        """
        try:
            written = self._file.stat().st_mtime_ns
            if written != self._read[0]:
                self._read = written, _voices(json.loads(self._file.read_text("utf-8")))
        except FileNotFoundError:
            return ()
        except OSError as error:
            fix = mend(error, self._folder, "voice list")
            raise StateError(f"{self._file} cannot be read ({error.strerror}).", fix=fix) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(f"{self._file} is damaged.", fix=f"rm {self._file}, and enroll again") from error
        return self._read[1]

    def add(self, voice: KnownVoice) -> None:
        """Keeps a voice, in place of another of its name. Raises StateError."""
        self._write(sorted((*self._others(voice.name), voice), key=lambda each: each.name))

    def remove(self, name: str) -> bool:
        """Forgets a voice. Returns whether there was one of that name. Raises StateError."""
        others = self._others(name)
        if len(others) == len(self.voices()):
            return False
        self._write(others)
        return True

    def _others(self, name: str) -> list[KnownVoice]:
        return [voice for voice in self.voices() if voice.name.casefold() != name.casefold()]

    def _write(self, voices: Sequence[KnownVoice]) -> None:
        rows = [
            {
                "name": voice.name,
                "since": voice.since.isoformat(),
                "seconds": round(voice.seconds, 1),
                "embedding": [round(float(each), 6) for each in voice.embedding],
            }
            for voice in voices
        ]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._file, json.dumps({"version": VERSION, "voices": rows}))
        except OSError as error:
            fix = mend(error, self._folder, "voice list")
            raise StateError(f"{self._file} cannot be written ({error.strerror}).", fix=fix) from error


def _voices(saved: Any) -> tuple[KnownVoice, ...]:
    """Raises ValueError, KeyError or TypeError for what is none."""
    if saved["version"] != VERSION:
        raise ValueError("another version")
    found = []
    for row in saved["voices"]:
        embedding = np.array(row["embedding"], np.float32)
        if embedding.ndim != 1 or not isfinite(float(embedding.sum())):
            raise ValueError("no embedding")
        found.append(KnownVoice(str(row["name"]), embedding, float(row["seconds"]), date.fromisoformat(row["since"])))
    return tuple(found)
