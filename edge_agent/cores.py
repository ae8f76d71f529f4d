"""Cores: no process of ours leaves its memory behind when it crashes. It holds what was said, and keys."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

LIMIT = 1
"""Bytes. Linux ignores a limit of 0 where core_pattern is a pipe (systemd-coredump, apport) and obeys 1, which it keeps
for itself (fs/coredump.c, "RLIMIT_CORE set to 1"); a file of less than a page it does not write."""
FILTER = Path("/proc/self/coredump_filter")
"""The kinds of memory that a core holds: with 0 none, wherever it goes (core(5))."""


def leave_none() -> None:
    """Leave none, nor does what this process starts. It stays traceable: `scripts/prove-offline` reads its calls."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = LIMIT if most == resource.RLIM_INFINITY else min(LIMIT, most)
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    with suppress(OSError):  # a sandbox may have made /proc read-only
        FILTER.write_text("0")
