"""Tuned weights: the copy of an LLM that this machine reads fastest, beside the file that was pulled."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.state import write_whole
from edge_agent.store.check import damage_of, sha256
from edge_agent.store.machine import kind_of_machine
from edge_agent.store.manifest import Entry, ModelFile

FOLDER, RECORD = "tuned", "tuned.json"
AS_PULLED = "as pulled"
"""The name of the format of a file that was not written anew."""
TRIMMED = "-trimmed"
"""The end of the name of a format with fewer tokens, which is for English alone."""


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """What was measured of a format."""

    name: str
    bytes: int
    ms: dict[int, float]
    """Tokens evaluated at once -> milliseconds."""
    stray: float
    """Mean divergence of the next token from the original, in nats."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The format that is used, and the file and the machine for which that was found out."""

    kept: str
    formats: tuple[WeightFormat, ...]
    source_sha256: str
    machine: str
    sha256: str = ""
    """The digest of the copy; empty where the file as pulled is the fastest."""

    @property
    def file(self) -> str | None:
        """The name of the copy in FOLDER."""
        return None if self.kept == AS_PULLED else f"{self.kept}.gguf"

    @property
    def trimmed(self) -> bool:
        """Whether the copy has fewer tokens than the original."""
        return self.kept.endswith(TRIMMED)


_TUNED = TypeAdapter(Tuned)


def tuned(folder: Path, entry: Entry) -> Tuned | None:
    """What was found out for the model in `folder`; None if nothing, or if it was for another file or machine."""
    try:
        found = _TUNED.validate_json((folder / FOLDER / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    ours = found.source_sha256 == entry.files[0].sha256 and found.machine == kind_of_machine()
    return found if ours else None


def tuned_file(folder: Path, entry: Entry, *, whole: bool = False) -> tuple[Tuned, Path] | None:
    """The copy to use instead of the file as pulled, complete and right; None if there is none. `whole`: one that has
    all tokens."""
    found = tuned(folder, entry)
    if found is None or found.file is None or (whole and found.trimmed):
        return None
    path = folder / FOLDER / found.file
    try:
        pinned = ModelFile(found.file, path.stat().st_size, found.sha256)
    except (OSError, ValidationError):
        return None
    return None if damage_of(path.parent, (pinned,)) else (found, path)


def keep(folder: Path, entry: Entry, formats: tuple[WeightFormat, ...], kept: str) -> Tuned:
    """Remembers the choice, and removes the copies that were not chosen. Raises OSError."""
    found = Tuned(kept, formats, entry.files[0].sha256, kind_of_machine())
    if found.file is not None:
        found = replace(found, sha256=sha256(folder / FOLDER / found.file))
    for copy in (folder / FOLDER).glob("*.gguf"):
        if copy.name != found.file:
            copy.unlink()
    write_whole(
        folder / FOLDER / RECORD, json.dumps(asdict(found)), mode=0o666
    )  # as the models: for all who share them
    return found


def undo(folder: Path) -> bool:
    """Removes the copy and what was found out. False if there was nothing."""
    there = (folder / FOLDER).is_dir()
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    return there
