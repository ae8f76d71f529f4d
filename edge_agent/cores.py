"""Cores: the memory of our processes is nobody else's, neither while they run nor when they crash. It holds what was
said, and keys."""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress
from pathlib import Path

LIMIT = 1
"""Bytes. Linux ignores a limit of 0 where core_pattern is a pipe (systemd-coredump, apport) and obeys 1, which it keeps
for itself (fs/coredump.c, "RLIMIT_CORE set to 1"); a file of less than a page it does not write."""
FILTER = Path("/proc/self/coredump_filter")
"""The kinds of memory that a core holds: with 0 none, wherever it goes (core(5))."""


TRACEABLE = "EDGE_AGENT_TRACEABLE"
"""The variable of the environment that leaves our processes open to strace, debuggers and who reads their smaps."""
_PR_SET_DUMPABLE = 4
"""A constant of Linux's prctl.h."""


def leave_none() -> None:
    """No core of this process is left, nor of what it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = LIMIT if most == resource.RLIM_INFINITY else min(LIMIT, most)
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    with suppress(OSError):  # a sandbox may have made /proc read-only
        FILTER.write_text("0")


def hide() -> None:
    """Hide this process's memory and calls from all but root (ptrace(2), "Ptrace access mode checking"), unless
    TRACEABLE is set. A program that it starts hides itself, or does not. The files of /proc/self are root's from then
    on, so what is written there is written before."""
    if not os.environ.get(TRACEABLE):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
