"""The owner's zone: what TZ says, else what the machine is set to."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")


def local_zone() -> ZoneInfo:
    """The time zone of whoever uses this machine: of the variable TZ, else of /etc/localtime, else UTC."""
    name = os.environ.get("TZ", "").lstrip(":")
    if name and not name.startswith("/"):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")  # as the C library has it
    return _of_file(Path(name) if name else LOCALTIME)


def _of_file(file: Path) -> ZoneInfo:
    """The zone of such a file: by its name where it is a link into the database, so that it can be told."""
    _, _, name = str(file.resolve()).partition("zoneinfo/")
    try:
        if name:
            return ZoneInfo(name)
        with file.open("rb") as data:
            return ZoneInfo.from_file(data, key=str(file))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
