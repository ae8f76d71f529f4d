"""Clips: the recordings of a benchmark, read from manifests (docs/benchmarks.md)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from edge_agent.errors import InputError


class Half(StrEnum):
    """A half of the clips: settings are chosen on one, figures are checked on the other."""

    ALL = "all"
    TUNE = "tune"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording with one turn of a user."""

    set: str
    """Name of the manifest's folder."""
    path: Path
    speech_end_s: float
    """The end of the last word in the file: an annotation, never what some VAD decided during a run."""
    transcript: str | None
    language: str
    """ISO 639-1 code."""
    speaker: str = ""
    """The speaker's name in the manifest; else the name of the file."""
    speech_start_s: float = 0.0
    """The beginning of the first word in the file."""


def read_clips(manifests: Sequence[Path], *, part: Half = Half.ALL, limit: int = 0) -> tuple[list[Clip], int]:
    """The clips of `part`, at most `limit` of each manifest (0: all), and how many rows were passed over.

    A manifest is JSON lines: `file` (relative to the manifest), `speech_end_s`, `transcript`, `language` and
    `speaker`; other keys are ignored. Rows without `speech_end_s` hold no turn whose end could be measured.
    Raises InputError for a manifest or a file that cannot be read, and where no clip is left.
    """
    clips: list[Clip] = []
    passed_over = 0
    for manifest in manifests:
        rows = read_rows(manifest, part)
        timed = [row for row in rows if row.get("speech_end_s") is not None]
        passed_over += len(rows) - len(timed)
        clips += [_clip(manifest, row) for row in timed[: limit or None]]
    if not clips:
        raise InputError("The manifests hold no clip with speech_end_s.")
    return clips, passed_over


def read_rows(manifest: Path, part: Half = Half.ALL) -> list[dict[str, Any]]:
    """The rows of one manifest. Raises InputError with the line that is wrong."""
    return [row for row in _rows(manifest) if part in (Half.ALL, part_of(row))]


def part_of(row: dict[str, Any]) -> Half:
    """Returns the half of a clip, by a hash of its speaker (else of its file's name), so that no voice is in both."""
    key = str(row.get("speaker") or row["file"])
    return Half.TUNE if hashlib.sha256(key.encode()).digest()[0] % 2 == 0 else Half.TEST


def _rows(manifest: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = manifest.read_text("utf-8").splitlines()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"Cannot read the manifest {manifest}: {reason}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{manifest} is no manifest: it is not UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"Line {number} of {manifest} is not JSON: {error}.") from error
        if not isinstance(row, dict) or not isinstance(row.get("file"), str):
            raise InputError(f'Line {number} of {manifest} names no "file".')
        yield row


def _clip(manifest: Path, row: dict[str, Any]) -> Clip:
    path, end_s = manifest.parent / row["file"], row["speech_end_s"]
    if not path.is_file():
        raise InputError(f"{path}, named by {manifest}, does not exist.")
    if not isinstance(end_s, int | float) or not math.isfinite(end_s) or end_s <= 0:
        raise InputError(f"The speech_end_s of {row['file']} in {manifest} is no time: {end_s!r}.")
    transcript = row.get("transcript") or None
    language, speaker = str(row.get("language") or "en"), str(row.get("speaker") or row["file"])
    start_s = float(row.get("speech_start_s") or 0.0)
    return Clip(manifest.resolve().parent.name, path, float(end_s), transcript, language, speaker, start_s)
