"""Times and durations as they are typed in a shell, in the owner's zone."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge_agent.errors import InputError

UNITS_S = {"d": 86400, "h": 3600, "m": 60, "s": 1}
EXAMPLES = "such as 07:00, 2026-12-24 or 2026-12-24T18:30"


def now() -> datetime:
    """The time, in the zone of whoever asks: that of TZ, or of this machine."""
    return datetime.now(_zone())


def _zone() -> ZoneInfo:
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name:
            return ZoneInfo(name)
        with open("/etc/localtime", "rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def seconds_of(text: str) -> float:
    """A duration such as 90s, 10m or 1h30m; a bare number is minutes. Raises InputError."""
    parts = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text.replace(" ", "").lower())
    if text.strip().isdecimal():
        return int(text) * 60.0
    if not parts or not text.strip():
        raise InputError(f"{text} is no duration, such as 90s, 10m or 1h30m.")
    return float(sum(int(part or 0) * UNITS_S[unit] for part, unit in zip(parts.groups(), "dhms", strict=True)))


def moment_of(text: str, now: datetime) -> datetime:
    """An ISO date, time or both; a time alone is the next one. Raises InputError."""
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    try:
        if not clock:
            at = datetime.fromisoformat(text.strip())
            return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
        today = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0, fold=0)
    except ValueError:
        raise InputError(f"{text} is no time, {EXAMPLES}.") from None
    return today if today > now else today + timedelta(days=1)
