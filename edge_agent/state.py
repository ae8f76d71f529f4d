"""The little that must outlive the agent: in STATE_DIRECTORY under systemd, else in the user's own folder; and how."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

SYSTEM_STATE = Path("/var/lib/edge-agent")
"""What systemd makes of `StateDirectory=edge-agent` in a system service."""


def state_dir() -> Path:
    """Not made yet, perhaps. systemd separates several by colons; ours has one."""
    given = os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given.split(":")[0])
    from platformdirs import user_state_path

    return user_state_path("edge_agent")


def sync(folder: Path) -> None:
    """Let what was made or deleted in `folder` survive a power cut too. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_whole(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Write `text`, or leave what was there: nobody ever reads a half of it, also after a power cut. Raises OSError."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", opener=partial(os.open, mode=mode)) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())  # the name must not outlive a power cut that the words did not
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
