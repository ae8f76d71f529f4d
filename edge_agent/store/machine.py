"""What the machine has, in cores and memory, and the profile that fits it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edge_agent.store.manifest import ProfileEntry


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    """Cores that this process may use."""
    available_mb: int
    """Memory to be had without swapping."""


def this_machine(meminfo: Path = Path("/proc/meminfo")) -> Machine:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return Machine(cores, _available_mb(meminfo))


def _available_mb(meminfo: Path) -> int:
    """MemAvailable of Linux; elsewhere the whole memory."""
    try:
        for line in meminfo.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024 // 1_000_000
    except OSError:
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000


def fitting(profiles: tuple[ProfileEntry, ...], machine: Machine) -> tuple[ProfileEntry, str]:
    """The first profile whose needs `machine` meets (the last one if none), and why in one sentence."""
    has = f"{machine.cores} cores and {machine.available_mb / 1000:.1f} GB of available memory"
    passed_over = ""
    for profile in profiles:
        if machine.cores >= profile.min_cores and machine.available_mb >= profile.min_available_mb:
            break
        passed_over = f"; {profile.name} wants {profile.min_cores} cores and {profile.min_available_mb / 1000:.1f} GB"
    return profile, f"{profile.name} fits {has}{passed_over}"
