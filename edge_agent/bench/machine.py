"""Machine: what a figure was measured on, without which it is none."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from edge_agent import __version__
from edge_agent.store import Model

PACKAGES = ("numpy", "av", "ctranslate2", "faster-whisper", "llama-cpp-python", "onnxruntime", "piper-tts")
"""Those whose version changes a figure."""


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Ready for JSON. What a system does not tell is None.

    `load_1min` is the system's load average: well above `cores` at the end of a run, others were working.
    """
    return {
        "cpu": _cpu(cpuinfo),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        "load_1min": round(os.getloadavg()[0], 1),
        "os": platform.platform(),
        "python": platform.python_version(),
        "edge_agent": __version__,
        "packages": {name: _version(name) for name in PACKAGES},
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def models(chosen: Iterable[Model]) -> dict[str, Any]:
    """Role -> name, licence and the sha256 of each file; no path, as reports are passed on."""
    return {
        model.role: {"name": Path(model.name).name, "licence": model.licence, "sha256": model.sha256}
        for model in chosen
    }


def _cpu(cpuinfo: Path) -> str | None:
    """The model's name; on ARM, Linux gives none and the board's name has to do."""
    board = Path("/proc/device-tree/model")
    try:
        fields = dict(line.split(":", 1) for line in cpuinfo.read_text("utf-8").splitlines() if ":" in line)
        names = {key.strip(): value.strip() for key, value in fields.items()}
        if "model name" in names:
            return names["model name"]
        return board.read_text("utf-8").strip("\0\n") if board.is_file() else platform.machine()
    except (OSError, UnicodeDecodeError):
        return platform.processor() or None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout that this package runs from, with "-dirty" where files were changed; None
    elsewhere."""
    checkout = Path(__file__).parents[2]
    if not (checkout / ".git").exists():
        return None
    git = ["git", "--no-optional-locks", "-C", str(checkout)]  # what only measures writes nothing into .git
    try:
        commit, changed = (
            subprocess.run([*git, *words], capture_output=True, text=True, timeout=10, check=False).stdout.strip()
            for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return f"{commit}-dirty" if commit and changed else commit or None
