"""How workers with the fake engine are started and asked, for the tests of several files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from edge_agent.workers.worker import Worker

FAKE = [sys.executable, str(Path(__file__).with_name("fake_engine.py"))]

Start = Callable[..., Worker]


def pid_of(worker: Worker) -> int:
    """Of the worker that is ready, once one is."""
    worker.call("echo", {})
    assert worker.pid
    return worker.pid


@contextmanager
def hurried(worker: Worker) -> Iterator[None]:
    """What hangs is given up soon. Loading another worker takes as long as a busy machine needs for it."""
    usual = worker.bounds
    worker.bounds = replace(usual, deadline_s=0.5)
    yield
    worker.bounds = usual
