"""The names by which devices have been found: a device that was there once is waited for, a typing error is not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from edge_agent.lines.devices import Kind


class KnownNames:
    """Kept in `folder/devices`, one a line. Without a file that can be read or written it knows none."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "devices"

    def has(self, kind: Kind, name: str) -> bool:
        try:
            return f"{kind} {name}" in self._file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return False

    def add(self, kind: Kind, name: str) -> None:
        if self.has(kind, name):
            return
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{kind} {name}\n")
