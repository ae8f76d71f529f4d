"""Where the agent keeps the little that must outlive it: STATE_DIRECTORY under systemd, else the user's own."""

from __future__ import annotations

import os
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
