"""How many starts in a row have failed: after three the agent starts without what may be broken (safe mode)."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from edge_agent.life.systemd import supervised
from edge_agent.state import runtime_dir, write_whole

FAILED_MOST = 3
SETTLED_S = 60.0
"""A start was good when the agent has been ready for so long (ESPHome's safe mode waits as long)."""
SILENT = "it ended without saying why"
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Failed(NamedTuple):
    times: int
    cause: str


class Starts:
    """Starts are counted in `folder/starts`. Those before the last boot do not count: a plug that was pulled is no
    fault.

    A folder that cannot be written counts nothing, and the agent starts as ever: see `runtime_dir`.
    """

    def __init__(self, folder: Path, boot: Path = BOOT) -> None:
        self._file, self._boot = folder / "starts", boot
        self._times = 0
        """This start included: not read again, as a disk that refuses then would make it the first."""

    def begin(self) -> Failed:
        """Count this start as failed until `settled` says otherwise. What is known of those before it."""
        before = self._read()
        self._times = before.times + 1
        self._write(Failed(self._times, SILENT))
        return before

    def blame(self, cause: str) -> None:
        """Why this start has failed, in one line."""
        self._write(Failed(self._times, " ".join(cause.split())))

    def settled(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self) -> Failed:
        try:
            boot, times, cause = json.loads(self._file.read_text("utf-8"))
            return Failed(int(times), str(cause)) if boot == self._boot_id() else Failed(0, "")
        except (OSError, ValueError, TypeError):
            return Failed(0, "")

    def _write(self, failed: Failed) -> None:
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._file, json.dumps([self._boot_id(), *failed]))

    def _boot_id(self) -> str:
        try:
            return self._boot.read_text("ascii").strip()
        except OSError:
            return ""


def of_service() -> Starts | None:
    """The starts of this process's service; None for a process that no service manager has started."""
    return Starts(runtime_dir()) if supervised() else None
