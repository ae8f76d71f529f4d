"""Tuning an installed LLM: its weights in other formats, timed here, and the fastest kept that is as good."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from edge_agent import engines
from edge_agent.errors import EdgeAgentError, ModelError
from edge_agent.store import Store
from edge_agent.store.manifest import Entry
from edge_agent.store.pull import Watcher, locked
from edge_agent.store.tuned import AS_PULLED, FOLDER, TRIMMED, Tuned, WeightFormat, keep, tuned, undo
from edge_agent.think.requantize import RECIPES, Recipe, requantize
from edge_agent.think.trim import byte_pairs, trim
from edge_agent.think.tuning import FormatTimes, fastest, read, stray
from edge_agent.think.vocabulary import LANGUAGES, kept

_LOOK_S = 0.2
"""Seconds between two looks at how much of a copy is written."""
_SPARE_BYTES = 64_000_000
_COPIES = 3
"""At most so many are there at once: the best one so far, and one written anew, whole and trimmed."""


def tune(store: Store, name: str, watcher: Watcher, *, threads: int = 0, language: str = "en") -> Tuned:
    """Measures the formats of RECIPES and the one that was pulled, and keeps the fastest that strays little.

    Each is measured with a trimmed vocabulary, too, where that can be cut and is enough for the `language`. On two
    cores 40 s for 0.5 billion weights. `threads`: of the LLM, 0 = all cores.
    Raises ModelError for a model that is no LLM or not installed, and where the disk is full or not ours to write.
    """
    store.resolve(name, "llm")
    entry = store.manifest.find(name)
    folder, threads = store.folder(entry), engines.threads(threads)
    source = folder / entry.files[0].name
    _announce(entry, folder, watcher)
    try:
        with locked(folder.parent, entry, watcher):
            undo(folder)
            (folder / FOLDER).mkdir()
            try:
                return _Measuring(entry, folder, source, watcher, threads).done(language)
            except BaseException:
                undo(folder)
                raise
    except OSError as error:
        raise ModelError(
            f"{entry.name} cannot be written anew in {folder} ({error.strerror}).", fix=f"see who may write in {folder}"
        ) from error


def tune_all(store: Store, names: Iterable[str], watcher: Watcher, *, threads: int = 0, language: str = "en") -> None:
    """Tunes those of the models that are LLMs and new on this machine.

    What goes wrong is said, and the file as pulled is used.
    """
    for name in names:
        entry = store.manifest.find(name)
        if entry.role != "llm" or tuned(store.folder(entry), entry) is not None:
            continue
        try:
            tune(store, name, watcher, threads=threads, language=language)
        except EdgeAgentError as error:
            watcher.say(f"{name} stays as it was pulled: {error.args[0]}")


def _announce(entry: Entry, folder: Path, watcher: Watcher) -> None:
    """Raises ModelError if the copies have no room."""
    needed, free = _COPIES * entry.bytes + _SPARE_BYTES, shutil.disk_usage(folder).free
    names = " and ".join(recipe.name for recipe in RECIPES)
    watcher.say(
        f"{entry.name} is timed on this machine as pulled, and as {names}, with all of its vocabulary and with that of"
        f" English. The copies need {needed / 1e6:.0f} MB; at most one of them stays."
        f" edge-agent models tune --undo {entry.name} removes it."
    )
    if needed > free:
        raise ModelError(
            f"Not enough room in {folder}: {needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free.",
            fix="free some space",
        )


@dataclass
class _Measuring:
    """The formats of one model, as they are written and measured."""

    entry: Entry
    folder: Path
    source: Path
    watcher: Watcher
    threads: int

    def __post_init__(self) -> None:
        self._original = read(self.source, threads=self.threads)
        self._formats = {AS_PULLED: self._original}
        self._told = [_told(AS_PULLED, self.source, self._original, self._original, self.watcher)]

    def done(self, language: str) -> Tuned:
        """What is kept, once all are measured. Raises ModelError, EngineError, OSError."""
        vocabulary = self._vocabulary(language)
        for recipe in RECIPES:
            self._write_anew(recipe, vocabulary)
            for name in self._formats.keys() - {self._best()}:
                self._path(name).unlink(missing_ok=True)
        self.watcher.say(f"{self.entry.name}: {self._best()} is used.")
        return keep(self.folder, self.entry, tuple(self._told), self._best())

    def _vocabulary(self, language: str) -> list[int] | None:
        """The tokens of a trimmed vocabulary; None where all are needed."""
        pairs = byte_pairs(self.source) if language in LANGUAGES else None
        found = kept(pairs, needed=self._original.tokens) if pairs else None
        if found is None:
            self.watcher.say(f"{self.entry.name} keeps its vocabulary: it cannot be trimmed, or not for {language}.")
        return found

    def _write_anew(self, recipe: Recipe, vocabulary: list[int] | None) -> None:
        label = replace(self.entry, name=f"{self.entry.name}.{recipe.name}")
        whole = self._path(recipe.name)
        _watched(lambda: requantize(self.source, whole, recipe, threads=self.threads), whole, label, self.watcher)
        self._measure(recipe.name, None)
        if vocabulary is not None:
            trim(whole, self._path(recipe.name + TRIMMED), vocabulary)
            self._measure(recipe.name + TRIMMED, vocabulary)

    def _measure(self, name: str, vocabulary: list[int] | None) -> None:
        self._formats[name] = read(self._path(name), threads=self.threads, kept=vocabulary)
        self._told.append(_told(name, self._path(name), self._formats[name], self._original, self.watcher))

    def _best(self) -> str:
        best = fastest(self._original, list(self._formats.values()))
        return next(name for name, times in self._formats.items() if times is best)

    def _path(self, name: str) -> Path:
        return self.folder / FOLDER / f"{name}.gguf"


def _told(name: str, path: Path, reading: FormatTimes, original: FormatTimes, watcher: Watcher) -> WeightFormat:
    made = WeightFormat(name, path.stat().st_size, reading.ms, round(stray(reading, original), 3))
    times = ", ".join(f"{ms:.0f} ms for {size}" for size, ms in made.ms.items())
    watcher.say(f"{name}: {made.bytes / 1e6:.0f} MB, {times} tokens, strays by {made.stray:.2f}")
    return made


def _watched(work: Callable[[], None], target: Path, entry: Entry, watcher: Watcher) -> None:
    """Does `work` in a thread of its own, so that Ctrl-C ends it at once, and shows how much of `target` there is."""
    failed: list[Exception] = []

    def attempt() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=attempt, name="requantize", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_S)
        if target.exists():
            watcher.progress(entry, min(target.stat().st_size, entry.bytes - 1))
    if failed:
        raise failed[0]
    watcher.progress(entry, entry.bytes)
