"""Control groups of the kernel: where they are mounted, and how one goes."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path


def mounted(kind: str, controller: str = "") -> Path | None:
    """Where those of version 1 ("cgroup", in which each `controller` has a place of its own) or 2 ("cgroup2") are."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, found, options, *_ = line.split()
        if found == kind and (not controller or controller in options.split(",")):
            return Path(place)
    return None


def remove(group: Path) -> None:
    """With those below it; the last of its processes may still be ending."""
    for _ in range(50):
        for folder in sorted(group.glob("**/"), reverse=True):
            with suppress(OSError):
                folder.rmdir()
        if not group.exists():
            return
        time.sleep(0.1)
