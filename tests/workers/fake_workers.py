"""How workers with the fake engine are started and asked, for the tests of several files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from edge_agent.workers.worker import Worker

FAKE = [sys.executable, str(Path(__file__).with_name("fake_engine.py"))]

Start = Callable[..., Worker]


def pid_of(worker: Worker) -> int:
    """Of the worker that is ready, once one is."""
    worker.call("echo", {})
    assert worker.pid
    return worker.pid
