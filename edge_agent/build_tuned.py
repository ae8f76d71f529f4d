"""Tuning an installed LLM: its weights in other formats, timed here, and the fastest kept that is as good."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from edge_agent import engines
from edge_agent.errors import EdgeAgentError, ModelError
from edge_agent.store import Store
from edge_agent.store.manifest import Entry
from edge_agent.store.pull import Watcher, locked
from edge_agent.store.tuned import AS_PULLED, FOLDER, Tuned, WeightFormat, keep, tuned, undo
from edge_agent.think.requantize import RECIPES, requantize
from edge_agent.think.tuning import FormatTimes, fastest, read, stray

_LOOK_S = 0.2
"""Seconds between two looks at how much of a copy is written."""
_SPARE_BYTES = 64_000_000


def tune(store: Store, name: str, watcher: Watcher, *, threads: int = 0) -> Tuned:
    """Measures the formats of RECIPES and the one that was pulled, and keeps the fastest that strays little.

    On two cores half a minute for 0.5 billion weights. `threads`: of the LLM, 0 = all cores.
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
                return _measured(entry, folder, source, watcher, threads)
            except BaseException:
                undo(folder)
                raise
    except OSError as error:
        raise ModelError(
            f"{entry.name} cannot be written anew in {folder} ({error.strerror}).", fix=f"see who may write in {folder}"
        ) from error


def tune_all(store: Store, names: Iterable[str], watcher: Watcher, *, threads: int = 0) -> None:
    """Tunes those of the models that are LLMs and new on this machine.

    What goes wrong is said, and the file as pulled is used.
    """
    for name in names:
        entry = store.manifest.find(name)
        if entry.role != "llm" or tuned(store.folder(entry), entry) is not None:
            continue
        try:
            tune(store, name, watcher, threads=threads)
        except EdgeAgentError as error:
            watcher.say(f"{name} stays as it was pulled: {error.args[0]}")


def _announce(entry: Entry, folder: Path, watcher: Watcher) -> None:
    """Raises ModelError if the copies have no room."""
    needed, free = len(RECIPES) * entry.bytes + _SPARE_BYTES, shutil.disk_usage(folder).free
    names = " and ".join(recipe.name for recipe in RECIPES)
    watcher.say(
        f"{entry.name} is timed on this machine as pulled, and as {names}. The copies need {needed / 1e6:.0f} MB; at"
        f" most one of them stays. edge-agent models tune --undo {entry.name} removes it."
    )
    if needed > free:
        raise ModelError(
            f"Not enough room in {folder}: {needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free.",
            fix="free some space",
        )


def _measured(entry: Entry, folder: Path, source: Path, watcher: Watcher, threads: int) -> Tuned:
    original = read(source, threads=threads)
    formats = {AS_PULLED: original}
    told = [_told(AS_PULLED, source, original, original, watcher)]
    for recipe in RECIPES:
        target = folder / FOLDER / f"{recipe.name}.gguf"
        label = replace(entry, name=f"{entry.name}.{recipe.name}")
        _watched(lambda: requantize(source, target, recipe, threads=threads), target, label, watcher)  # noqa: B023
        formats[recipe.name] = read(target, threads=threads)
        told.append(_told(recipe.name, target, formats[recipe.name], original, watcher))
    best = fastest(original, list(formats.values()))
    kept = next(name for name, reading in formats.items() if reading is best)
    watcher.say(f"{entry.name}: {kept} is used.")
    return keep(folder, entry, tuple(told), kept)


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
