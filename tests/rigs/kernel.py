"""Kernel: what only rigs and tests ask of a process, beside edge_agent/processes.py."""

from __future__ import annotations

import os
from contextlib import suppress

from edge_agent.processes import PROC, kilobytes


def descriptors(pid: int) -> int:
    """Open files, sockets and pipes. Not those of /proc: one is open for a moment whenever a thread looks at a worker.
    Raises OSError when the process has ended."""
    count = 0
    for entry in (PROC / str(pid) / "fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            count += not entry.readlink().is_relative_to(PROC)
    return count


def threads(pid: int) -> int:
    """Raises OSError when the process has ended."""
    return len(os.listdir(PROC / str(pid) / "task"))


def anon_mb(pid: int) -> float:
    """Memory that no file backs, swap included: only this can leak. What files back (libraries, models) is bounded, and
    its share in `pss_mb` falls and rises with whoever else has mapped them. Raises OSError as `pss_mb` does."""
    rollup = PROC / str(pid) / "smaps_rollup"
    return sum(kilobytes(rollup, field) for field in ("Pss_Anon", "Pss_Shmem", "SwapPss")) * 1024 / 1e6


def uss_mb(pid: int) -> float:
    """Memory that it alone has, and that would be free if it ended. Raises OSError as `pss_mb` does."""
    rollup = PROC / str(pid) / "smaps_rollup"
    return sum(kilobytes(rollup, field) for field in ("Private_Clean", "Private_Dirty")) * 1024 / 1e6
