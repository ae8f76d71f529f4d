"""What the machine has, in cores and memory, and the profile that fits it."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.store.manifest import ProfileEntry


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    """Cores that this process may use."""
    available_mb: int
    """Memory to be had without swapping, now."""
    total_mb: int
    gpu_mb: int = 0
    """Free memory of a GPU on which LLM and ASR can run; 0 where nobody has looked for one."""


def this_machine(meminfo: Path = Path("/proc/meminfo")) -> Machine:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    available_mb = _available_mb(meminfo)
    return Machine(cores, total_mb if available_mb is None else available_mb, total_mb)


def kind_of_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What a measurement of speed holds for: the processor, and how many cores of it this process may use."""
    told = {"model name", "CPU implementer", "CPU part", "Model"}  # of x86; of ARM; of a Raspberry Pi
    found = dict[str, None]()
    with suppress(OSError):
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in told:
                found[value.strip()] = None
    name = " ".join(found) or platform.processor() or "unknown"
    return f"{platform.machine()} {name}, {this_machine().cores} cores"


def _available_mb(meminfo: Path) -> int | None:
    """MemAvailable, which only Linux has."""
    with suppress(OSError):
        for line in meminfo.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024 // 1_000_000
    return None


def fitting(profiles: Sequence[ProfileEntry], machine: Machine) -> tuple[ProfileEntry, str]:
    """The first profile whose needs `machine` meets (the last one if none), and why in one sentence."""
    has = _has(machine)
    passed_over = ""
    for profile in profiles:
        if _meets(machine, profile, machine.available_mb):
            break
        if machine.gpu_mb or not profile.min_gpu_mb:
            gpu = f" and {profile.min_gpu_mb / 1000:.1f} GB of a GPU" if profile.min_gpu_mb else ""
            needs = f"{profile.min_cores} cores and {profile.min_available_mb / 1000:.1f} GB"
            passed_over = f"; {profile.name} wants {needs}{gpu}"
    return profile, f"{profile.name} fits {has}{passed_over}"


def fitting_installed(
    profiles: Sequence[ProfileEntry], installed: Sequence[ProfileEntry], machine: Machine
) -> tuple[ProfileEntry, str]:
    """Chooses as `fitting` does, but among those `installed` if there is any: an open browser must not ask for another
    model.

    Where none of them fits now, the first one that the machine could hold, else the last one.
    """
    best, reason = fitting(profiles, machine)
    if best in installed or not installed:
        return best, reason
    now = (profile for profile in installed if _meets(machine, profile, machine.available_mb))
    ever = (profile for profile in installed if _meets(machine, profile, machine.total_mb))
    chosen = next(now, None) or next(ever, None) or installed[-1]
    return chosen, (
        f"{chosen.name} is installed; {best.name} would fit {_has(machine)} best (edge-agent models pull {best.name})"
    )


def _meets(machine: Machine, profile: ProfileEntry, memory_mb: int) -> bool:
    has_gpu = machine.gpu_mb >= profile.min_gpu_mb
    return has_gpu and machine.cores >= profile.min_cores and memory_mb >= profile.min_available_mb


def _has(machine: Machine) -> str:
    gpu = f", {machine.gpu_mb / 1000:.1f} GB of a GPU" if machine.gpu_mb else ""
    return f"{machine.cores} cores and {machine.available_mb / 1000:.1f} GB of available memory{gpu}"
