"""The whole program in this process, with scripted engines: its exit code, and what it said on both streams."""

from __future__ import annotations

import functools
import gc
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import typer.main

from edge_agent import processes
from edge_agent.__main__ import main
from edge_agent.life import journal, stopping

_command = functools.cache(typer.main.get_command)
"""Most of a short run is the making of it."""


@dataclass(frozen=True)
class Ended:
    code: int
    said: str
    """On both streams."""


def run(*words: str) -> Ended:
    """Exceptions that the program does not turn into a sentence pass through."""
    code = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        with (
            patch.object(sys, "argv", ["edge-agent", *words]),
            patch.object(sys, "stdout", said),
            patch.object(sys, "stderr", said),
            patch.object(journal, "install"),
            patch.object(stopping, "install"),
            patch.object(os, "dup2", lambda source, target: os.close(source)),
            patch.object(typer.main, "get_command", _command),
        ):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        said.seek(0)
        return Ended(code, said.read())


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """No descriptor, thread or child more than before."""
    gc.collect()
    before = _held()
    yield
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "hub":  # it has handed over its answer, and is about to end
            thread.join(5)
    more = _held() - before  # what a test before this one had open may be closed meanwhile
    assert not more


def _held() -> Counter[str]:
    descriptors = []
    for name in os.listdir("/proc/self/fd"):
        if os.path.lexists(f"/proc/self/fd/{name}"):  # not that of the listing
            descriptors.append(f"{name}: {Path(f'/proc/self/fd/{name}').readlink()}")
    threads = (f"thread {thread.name}" for thread in threading.enumerate())
    return Counter([*descriptors, *threads, *(f"process {pid}" for pid in processes.children())])
