"""Gauges: what the process and its children have of the machine, as the kernel tells it (Linux)."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_agent import processes
from edge_agent.processes import PROC
from tests.rigs import kernel

Reading = dict[str, Any]

WORKER = "edge_agent.workers.process"
"""The module in a worker's command line; the engine's name follows."""


def reading() -> Reading:
    """Now: `processes` (name -> pss_mb, uss_mb, anon_mb, descriptors, threads), the sums of all but uss_mb, and
    `children`."""
    gc.collect()
    pid = os.getpid()
    below = processes.children()
    found = {"agent": _has(pid)}
    for number in below:
        with suppress(OSError):  # it has ended meanwhile
            found[_name(number)] = _has(number)
    summed = ("pss_mb", "anon_mb", "descriptors", "threads")
    sums = {name: round(sum(each[name] for each in found.values()), 2) for name in summed}
    return {"processes": found, **sums, "children": len(below)}


def workers() -> dict[str, int]:
    """Engine -> id of the process it lives in."""
    return {name: pid for pid in processes.children() if (name := _name(pid)) in ("asr", "llm", "tts")}


def _has(pid: int) -> dict[str, float]:
    asked: dict[str, Callable[[int], float]] = {
        "pss_mb": processes.pss_mb, "uss_mb": kernel.uss_mb, "anon_mb": kernel.anon_mb,
    }  # fmt: skip
    memory = {name: round(ask(pid), 2) for name, ask in asked.items()}
    return {**memory, "descriptors": kernel.descriptors(pid), "threads": kernel.threads(pid)}


def _name(pid: int) -> str:
    words = (Path(PROC) / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return words[words.index(WORKER) + 1] if WORKER in words[:-1] else f"{Path(words[0]).name} {pid}"
