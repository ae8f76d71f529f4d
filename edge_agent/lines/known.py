"""The names by which devices have been found: a device that was there once is waited for, a typing error is not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from edge_agent.lines.devices import Kind
from edge_agent.state import write_whole


class KnownNames:
    """Known names are kept in `folder/devices`, one a line. None is learned if that file cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "devices"

    def has(self, kind: Kind, name: str) -> bool:
        try:
            return f"{kind} {name}" in self._lines()
        except OSError:
            return False

    def add(self, kind: Kind, name: str) -> None:
        with suppress(OSError):
            known = self._lines()
            if f"{kind} {name}" not in known:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(self._file, "".join(f"{line}\n" for line in [*known, f"{kind} {name}"]))

    def _lines(self) -> list[str]:
        """Raises OSError: what cannot be read is not taken for nothing, nor written over."""
        try:
            return self._file.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
