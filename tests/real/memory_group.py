"""A control group of the kernel whose processes have only so much memory, as `MemoryMax=` of a unit makes one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import control_groups
import pytest

_FILES = {"cgroup": ("memory.limit_in_bytes", "memory.oom_control"), "cgroup2": ("memory.max", "memory.events")}
"""Version of control groups -> where the limit is written, where the kernel counts what it has ended."""


class MemoryGroup:
    """`folder`: the group, in which nothing runs at first."""

    def __init__(self, folder: Path, limit: str, events: str) -> None:
        self.folder = folder
        self._limit, self._events = folder / limit, folder / events

    def limit(self, megabytes: int) -> None:
        """Of memory, and none of it can go to a swap instead."""
        most = str(megabytes * 1_000_000)
        self._limit.write_text(most)
        for name, value in (("memory.memsw.limit_in_bytes", most), ("memory.swap.max", "0")):
            if (self.folder / name).exists():
                (self.folder / name).write_text(value)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """The command, in the group from its first instruction on."""
        enter = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.folder / "cgroup.procs")]
        return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=100)

    def ended(self) -> int:
        """So many processes were ended for want of memory."""
        found = re.search(r"^oom_kill (\d+)$", self._events.read_text(), re.MULTILINE)
        return int(found[1]) if found else 0


@contextmanager
def memory_group() -> Iterator[MemoryGroup]:
    """Removed afterwards. Skips where none can be made: it needs root, or a group handed to this user."""
    place, kind = _hierarchy()
    folder = place / f"edge-agent-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        if not (folder / _FILES[kind][0]).exists():
            pytest.skip("control groups made here have no limit of memory")
        yield MemoryGroup(folder, *_FILES[kind])
    finally:
        control_groups.remove(folder)


def _hierarchy() -> tuple[Path, str]:
    """Where the groups for memory are mounted, and their version."""
    if place := control_groups.mounted("cgroup", "memory"):
        return place, "cgroup"
    if place := control_groups.mounted("cgroup2"):
        return place, "cgroup2"
    pytest.skip("no control groups are mounted here")
