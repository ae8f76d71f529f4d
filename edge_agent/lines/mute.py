"""The mute switch of the microphone: a file. Only somebody at this machine can turn it, and it outlives the agent.

Nothing that a model or a remote client can reach imports this (tests/lines/test_mute.py).
"""

from __future__ import annotations

import os
from pathlib import Path

from edge_agent.errors import DeviceError
from edge_agent.state import mend, state_dir, switch_on, switches_dir


class Mute:
    """Mute is on while `muted` is there in one of its folders. It is turned on in the first."""

    def __init__(self, *folders: Path) -> None:
        self._files = tuple(folder / "muted" for folder in dict.fromkeys(folders))

    @classmethod
    def own(cls) -> Mute:
        """The switch of this process. Where the system's service had it before is looked at, too."""
        return cls(switches_dir(), state_dir())

    def is_on(self) -> bool:
        """Whether it is on. When in doubt, yes: a file that cannot be looked at may be there. A link is one, wherever
        it leads. One `stat` of 2 µs, or two."""
        return any(_may_be_there(file) for file in self._files)

    def turn_on(self) -> None:
        """Lasting, when this returns. Raises DeviceError: the microphone is then still open."""
        file = self._files[0]
        try:
            switch_on(file)
        except OSError as error:
            fix = mend(error, file.parent, "mute")
            raise DeviceError(f"The microphone is NOT muted: {file} ({error.strerror}).", fix=fix) from error

    def turn_off(self) -> None:
        """Raises DeviceError: the microphone is then still muted."""
        for file in self._files:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                fix = mend(error, file.parent, "unmute")
                raise DeviceError(f"The microphone is still muted: {file} ({error.strerror}).", fix=fix) from error


def _may_be_there(file: Path) -> bool:
    try:
        os.lstat(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
