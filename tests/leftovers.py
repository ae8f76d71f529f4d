"""Leftovers: a test that leaves a process behind fails itself, and not the later one in which it is collected."""

from __future__ import annotations

import subprocess
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

STARTED: weakref.WeakSet[subprocess.Popen[Any]] = weakref.WeakSet()
"""By the thread that runs the tests. Those of another, as workers are, are waited for by that thread."""

_begin = subprocess.Popen.__init__


@wraps(_begin)
def _noted(process: subprocess.Popen[Any], *arguments: Any, **more: Any) -> None:
    _begin(process, *arguments, **more)
    if threading.current_thread() is threading.main_thread():
        STARTED.add(process)


subprocess.Popen.__init__ = _noted  # type: ignore[method-assign]


@contextmanager
def none_left() -> Iterator[None]:
    """Fails where a process was started within, is still held, and nobody has waited for its end."""
    before = set(STARTED)
    yield
    left = [process.args for process in STARTED if process not in before and process.returncode is None]
    assert left == [], "nobody has waited for these processes"


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Around the fixtures of the test itself; those of a module or of the session come before."""
    with none_left():
        yield
