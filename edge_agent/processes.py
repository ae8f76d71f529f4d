"""Processes: what the kernel tells of time, memory and files of this one and those below it, and how they end."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_PR_SET_PDEATHSIG = 1
"""A constant of Linux's prctl.h."""
_CAPABILITY_VERSION, _CAP_DAC_READ_SEARCH = 0x20080522, 1 << 2
"""Constants of Linux's capability.h."""


def end_with(parent: int) -> None:
    """End this process, whatever it hangs in, when the *thread* of process `parent` ends that has started it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended before we asked to be told
        os._exit(0)


def answer_of(command: Sequence[str], within_s: float) -> bytes:
    """What a program prints: a process of its own, as a driver that is missing, too old or stuck takes down, or holds,
    whoever asks it. Raises OSError with the reason where it fails or hangs."""
    try:
        asked = subprocess.run(command, capture_output=True, timeout=within_s, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        raise OSError(f"the driver did not answer within {within_s:.0f} s") from None
    if asked.returncode != 0:
        raise OSError(f"asking the driver ended with {asked.returncode}")
    return asked.stdout


def go_on_as(owner: os.stat_result) -> None:
    """Where root works in a folder of somebody else, it goes on as that one: no link that was laid there has root write
    or delete anything. It may still read and go everywhere, as folders above may be root's alone. For others nothing
    changes. Raises OSError."""
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)  # of what root may do nothing is in effect now, and all can be taken back
    libc = ctypes.CDLL(None, use_errno=True)
    told = (_CAPABILITY_VERSION, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, the lower half first
    if libc.capget((ctypes.c_uint32 * 2)(*told), held) == 0 and held[1] & _CAP_DAC_READ_SEARCH:
        held[0] = _CAP_DAC_READ_SEARCH
        libc.capset((ctypes.c_uint32 * 2)(*told), held)


def go_back() -> None:
    """Undo `go_on_as`: what is written from now on is for whoever has called us."""
    os.seteuid(os.getuid())
    os.setegid(os.getgid())


def children(pid: int | None = None) -> list[int]:
    """All below `pid` (None: this process), children of children too, in the order of their ids."""
    below: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                below[int(_stat(int(folder.name))[1])].append(int(folder.name))
    found, due = list[int](), [pid or os.getpid()]
    while due:
        more = below[due.pop()]
        found += more
        due += more
    return sorted(found)


def is_stopped(pid: int) -> bool:
    """Whether a signal or a debugger has stopped it: it does nothing, for no reason of its own. Raises OSError when it
    has ended."""
    return _stat(pid)[0] in "Tt"


def cpu_s(pid: int) -> float:
    """Processor time of all threads so far. Raises OSError when the process has ended."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory in use now, what is shared with others included. Raises OSError when the process has ended."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that it has had. Raises OSError when the process has ended."""
    return _status_mb(pid, "VmHWM")


def pss_mb(pid: int) -> float:
    """Memory in use now, what is shared counted in parts. Raises OSError when the process has ended or is another's."""
    return kilobytes(PROC / str(pid) / "smaps_rollup", "Pss") * 1024 / 1e6


def runnable() -> int:
    """Threads of all processes of the machine that are computing or wait for a core, the caller's included. Raises
    OSError."""
    return int((PROC / "loadavg").read_text().split()[3].partition("/")[0])


def total_cpu_s() -> float:
    """The CPU time of this process and all below it."""
    return sum(_asked(cpu_s))


def total_pss_mb() -> int:
    """Memory that this process and all below it have now, what they share counted once."""
    return round(sum(_asked(pss_mb)))


def total_peak_mb() -> int:
    """Sum of the peaks of this process and all below it, which they did not have at the same time (each has its own
    while it loads), and what they share counted in each: they never had more together."""
    return round(sum(_asked(peak_mb)))


def _asked(figure: Callable[[int], float]) -> list[float]:
    found = list[float]()
    for pid in (os.getpid(), *children()):
        with suppress(OSError):
            found.append(figure(pid))
    return found


def _stat(pid: int) -> list[str]:
    """The fields from the state on: the name before it, in brackets, may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _status_mb(pid: int, field: str) -> float:
    return kilobytes(PROC / str(pid) / "status", field) * 1024 / 1e6


def kilobytes(file: Path, field: str) -> int:
    lines = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
    return int(lines.get(field, "0").split()[0])
