"""Uptime: a clock that nobody sets. It tells elapsed time from a wall clock that was changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long the machine has been up: the same for every process of it."""

    boot: str
    """The name of this boot; another one begins at another zero."""
    seconds: float
    """Seconds since then, those in which the machine was suspended included."""


def system_uptime() -> Uptime | None:
    """The machine's. None where the kernel does not name its boots: then the wall clock is all there is."""
    try:
        boot = BOOT_ID.read_text("ascii").strip()
        return Uptime(boot, time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, ValueError, AttributeError):
        return None
