"""Full disk: whoever has a file open is told from now on that there is no room for more."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FULL = Path("/dev/full")


def fill(file: Path) -> None:
    """Put /dev/full in the place of `file` wherever this process has it open. Raises AssertionError if nowhere."""
    found = False
    full = os.open(FULL, os.O_RDWR | os.O_CLOEXEC)
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}") == str(file):
                os.dup2(full, int(name), inheritable=False)
                found = True
    os.close(full)
    assert found, f"{file} is not open"
