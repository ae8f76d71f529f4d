"""The growing copy of one model file: kept when a download breaks off, in place once verified."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.store.check import sha256
from edge_agent.store.manifest import ModelFile

FOLDER = ".partial"
ROOM = "see that the disk has room and is in order, or name another folder with --dir"


class SourceError(Exception):
    """A source failed; the next one may do."""


class WrongBytes(SourceError):
    """The file is complete and is not the one that the manifest pins."""


class PartialFile:
    """A prefix of `file`. Any source may go on where another one stopped: the file is the same."""

    def __init__(self, folder: Path, file: ModelFile) -> None:
        self.file = file
        self.path = folder / FOLDER / file.name
        self.final = folder / file.name
        self._finished = False
        if self.size > file.bytes:
            self.path.unlink()
        self.inherited = self.size > 0
        """Whether an earlier run or another source wrote the beginning."""

    @property
    def size(self) -> int:
        """Bytes that are there. Raises ModelError if the disk fails."""
        if self._finished:
            return self.file.bytes
        with self._of_the_disk():
            return self.path.stat().st_size if self.path.exists() else 0

    @property
    def complete(self) -> bool:
        return self.size == self.file.bytes

    def cut_to(self, size: int) -> None:
        """Raises ModelError if the disk fails."""
        if size < self.size:
            with self._of_the_disk():
                os.truncate(self.path, size)

    def append(self, data: bytes) -> None:
        """Raises SourceError if the file would become too long, ModelError if the disk fails."""
        if self.size + len(data) > self.file.bytes:
            raise SourceError(f"sent more than the {self.file.bytes} bytes of {self.file.name}")
        with self._of_the_disk():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as out:
                out.write(data)

    @contextmanager
    def _of_the_disk(self) -> Iterator[None]:
        """An OSError in here must not be taken for one of the network."""
        try:
            yield
        except OSError as error:
            raise ModelError(f"{self.path} cannot be read or written ({error.strerror}).", fix=ROOM) from error

    def finish(self) -> None:
        """Move the file into place. Raises WrongBytes, and throws it away, if it is the wrong one."""
        if not self.complete or sha256(self.path) != self.file.sha256:
            self.path.unlink()
            raise WrongBytes(f"{self.file.name} has not the sha256 that the manifest pins")
        with self.path.open("rb") as written:
            os.fsync(written.fileno())  # the name must not outlive a power cut that the bytes did not
        if self.final.is_dir():
            clear(self.final)
        self.path.replace(self.final)
        self._finished = True


def clear(path: Path) -> None:
    """Remove a file, or the link or directory that stands in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
