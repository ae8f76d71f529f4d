"""Whether the files of a model are what the manifest says; remembers what it has hashed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from edge_agent.errors import ModelError
from edge_agent.state import stamp, state_dir, write_whole
from edge_agent.store.manifest import Entry, ModelFile

LEFT = ".verified.json"
"""Where earlier versions kept what is remembered: beside the models, where whoever brings a model can bring it, too."""
MISSING = "is missing"

SETTLE_NS = 2_000_000_000
"""A digest is remembered only for a file that was last changed at least this long ago. File systems stamp
with a coarse clock (4 ms on Linux, 2 s on FAT): a change right after hashing could leave the same stamp."""

Depth = Literal["size", "cached", "hash"]
"""size: look, do not read. cached: hash what has changed since it was last hashed. hash: hash everything."""


def damage(folder: Path, entry: Entry, depth: Depth = "cached") -> dict[str, str]:
    """What is wrong with each bad file of `entry` in `folder` (ends of sentences); empty if nothing is."""
    return damage_of(folder, entry.files, depth)


def damage_of(folder: Path, files: Sequence[ModelFile], depth: Depth = "cached") -> dict[str, str]:
    """The same of these files."""
    cache = _read_cache(folder)
    fresh: dict[str, Any] = {}
    found: dict[str, str] = {}
    for file in files:
        path = folder / file.name
        problem = _shape(path, file)
        if problem is None and depth != "size":
            try:
                digest = _digest(path, fresh, cache if depth == "cached" else {})
            except OSError as error:
                problem = f"cannot be read ({error.strerror})"
            else:
                problem = None if digest == file.sha256 else "has not the sha256 that the manifest pins"
        if problem is not None:
            found[file.name] = problem
    if depth != "size" and fresh != cache:
        _write_cache(folder, fresh)
    return found


def cache_of(folder: Path) -> Path:
    """What is remembered of the models in `folder`: in the state of whoever checks, as the folder may be another's."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return state_dir() / "verified" / f"{name}.json"


def forget(folder: Path) -> None:
    """What is remembered of the models in `folder` goes. Raises OSError."""
    cache_of(folder).unlink(missing_ok=True)
    (folder / LEFT).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hex digest. About 1 s for a GB on a desktop core."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shape(path: Path, file: ModelFile) -> str | None:
    """What is wrong with the file without reading it. Never opens it: a pipe in its place would hang us."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "is a dangling link" if path.is_symlink() else MISSING
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if stat.S_ISDIR(status.st_mode):
        return "is a directory"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_size != file.bytes:
        return f"has {status.st_size} bytes instead of {file.bytes}"
    return None


def _digest(path: Path, fresh: dict[str, Any], cache: dict[str, Any]) -> str:
    """The sha256 of `path`, from `cache` if the file is unchanged; noted in `fresh` for the next time."""
    before = stamp(path)
    known = cache.get(path.name)
    if isinstance(known, dict) and known.get("stamp") == before and isinstance(known.get("sha256"), str):
        fresh[path.name] = known
        return str(known["sha256"])
    digest = sha256(path)
    changed_ns = max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
    if stamp(path) == before and time.time_ns() - changed_ns >= SETTLE_NS:
        fresh[path.name] = {"stamp": before, "sha256": digest}
    return digest


def stamps(files: Iterable[Path]) -> dict[str, list[int]]:
    """The stamps of those that are there, by their whole paths."""
    found = {}
    for file in files:
        with contextlib.suppress(OSError):
            found[str(file.absolute())] = stamp(file)
    return found


def refuse_changed(checked: Mapping[str, list[int]]) -> None:
    """Called when files were loaded, with what `stamps` said of them before their check: nothing was put in their place
    meanwhile. Raises ModelError."""
    for path, before in checked.items():
        if stamps([Path(path)]).get(path) != before:
            what = f"{Path(path).name} was changed between its check and its use."
            raise ModelError(what, fix="edge-agent models verify")


def _read_cache(folder: Path) -> dict[str, Any]:
    """What was remembered; nothing if it cannot be read, which costs a hash and no more."""
    try:
        cache = json.loads(cache_of(folder).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return cache if isinstance(cache, dict) else {}


def _write_cache(folder: Path, cache: dict[str, Any]) -> None:
    """Where the state cannot be written, everything is hashed at every start."""
    file = cache_of(folder)
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, json.dumps(cache))
