"""The mute switch of the microphone: a file. Only somebody at this machine can turn it, and it outlives the agent.

Nothing that a model or a remote client can reach imports this (tests/lines/test_mute.py).
"""

from __future__ import annotations

import os
from pathlib import Path

from edge_agent.errors import DeviceError
from edge_agent.state import mend, sync


class Mute:
    """Mute is on while `muted` is there in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / "muted"

    def is_on(self) -> bool:
        """Whether it is on. When in doubt, yes: a file that cannot be looked at may be there. One `stat`, 2 µs."""
        try:
            os.stat(self._file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def turn_on(self) -> None:
        """Lasting, when this returns. Raises DeviceError: the microphone is then still open."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
            sync(self._file.parent)
        except OSError as error:
            fix = mend(error, self._folder, "mute")
            raise DeviceError(f"The microphone is NOT muted: {self._file} ({error.strerror}).", fix=fix) from error

    def turn_off(self) -> None:
        """Raises DeviceError: the microphone is then still muted."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            fix = mend(error, self._folder, "unmute")
            raise DeviceError(f"The microphone is still muted: {self._file} ({error.strerror}).", fix=fix) from error
