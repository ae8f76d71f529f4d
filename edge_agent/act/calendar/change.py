"""Change: what was written to a file of the calendar, so that it can be taken back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MOST_CHANGES = 50
"""So many are kept; clearing a month of a calendar makes no more."""


class CalendarChange(NamedTuple):
    file: Path
    before: bytes | None
    """None: there was no such file."""
    after: bytes | None


def content_of(file: Path) -> bytes | None:
    """None where there is no such file."""
    with suppress(FileNotFoundError):
        return file.read_bytes()
    return None
