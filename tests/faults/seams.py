"""Faults of the operating system, one call at a time: the n-th open, read, write, ... below a folder fails."""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

SEAMS: dict[str, tuple[int, ...]] = {
    "open": (errno.EMFILE, errno.EACCES, errno.EROFS),
    "read": (errno.EIO,),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.EIO,),
    "replace": (errno.EROFS, errno.EACCES, errno.EIO),
    "remove": (errno.EROFS, errno.EACCES),
    "mkdir": (errno.ENOSPC, errno.EROFS, errno.EACCES),
    "chmod": (errno.EROFS, errno.EACCES),
    "look": (errno.EIO, errno.EACCES),
    "lock": (errno.EIO,),
    "spawn": (errno.EMFILE, errno.ENOMEM),
}
"""Seam -> what its calls fail with, in turn."""

_CALLS = {
    "open": ((os, "open"),),
    "read": ((os, "read"), (os, "pread")),
    "write": ((os, "write"), (os, "truncate"), (os, "ftruncate")),
    "fsync": ((os, "fsync"),),
    "replace": ((os, "replace"), (os, "rename"), (os, "link"), (os, "symlink")),
    "remove": ((os, "unlink"), (os, "rmdir")),
    "mkdir": ((os, "mkdir"),),
    "chmod": ((os, "chmod"), (os, "utime")),
    "look": ((os, "stat"), (os, "lstat"), (os, "scandir"), (os, "listdir"), (os, "statvfs")),
    "lock": ((fcntl, "flock"),),
    "spawn": ((subprocess, "_fork_exec"),),
}
"""Seam -> the functions that are its calls. What is read and written through file objects comes to it by _File."""


@dataclass
class Fault:
    """The `at`-th call of `seam` that concerns `below` fails with `number`; `lasting`, and every one after it."""

    below: Path
    seam: str
    at: int
    number: int
    lasting: bool = False
    calls: int = 0

    @property
    def hit(self) -> bool:
        return self.calls >= self.at

    def meet(self, seam: str, place: object) -> None:
        if seam != self.seam or not self._concerns(seam, place):
            return
        self.calls += 1
        if self.calls == self.at or (self.lasting and self.hit):
            raise OSError(self.number, os.strerror(self.number), str(_path(place)))

    def _concerns(self, seam: str, place: object) -> bool:
        return seam == "spawn" or _path(place).is_relative_to(self.below)


class Census(Fault):
    """No fault at all: the calls of each seam are counted."""

    def __init__(self, below: Path) -> None:
        super().__init__(below, "", 0, 0)
        self.of = Counter[str]()

    def meet(self, seam: str, place: object) -> None:
        if self._concerns(seam, place):
            self.of[seam] += 1


def _path(place: object) -> Path:
    """Of a path, a descriptor or an open file."""
    if hasattr(place, "fileno"):
        place = place.fileno()
    if isinstance(place, int):
        return Path(_READLINK(f"/proc/self/fd/{place}"))
    return Path(os.path.abspath(os.fsdecode(place))) if isinstance(place, str | bytes | os.PathLike) else Path("/")


_READLINK = os.readlink


@contextmanager
def injected(fault: Fault) -> Iterator[Fault]:
    """`fault` lies in wait while the context lasts."""

    def met(seam: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*args: Any, **named: Any) -> Any:
            fault.meet(seam, args[0] if args else None)
            return call(*args, **named)

        return instead

    class _File(io.FileIO):
        """What is below every file object: here a full disk shows when the buffer is written, `close` included."""

        def readinto(self, buffer: Any) -> Any:
            fault.meet("read", self)
            return super().readinto(buffer)

        def readall(self) -> Any:
            fault.meet("read", self)
            return super().readall()

        def write(self, data: Any) -> Any:
            fault.meet("write", self)
            return super().write(data)

    real_open = io.open

    def open_(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **named: Any) -> Any:
        if not isinstance(file, int) and not _path(file).is_relative_to(fault.below):
            return real_open(file, mode, buffering, *args, **named)
        return _opened(_File, fault, file, mode, *args, **named)

    with ExitStack() as stack:
        for seam, calls in _CALLS.items():
            for module, name in calls:
                stack.enter_context(patch.object(module, name, met(seam, getattr(module, name))))
        stack.enter_context(patch.object(io, "open", open_))
        stack.enter_context(patch.object(builtins, "open", open_))
        yield fault


def _opened(
    raw: Callable[..., io.FileIO],
    fault: Fault,
    file: Any,
    mode: str,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """As io.open, over `raw`."""
    if opener is None and not isinstance(file, int):
        fault.meet("open", file)
    opened = raw(file, mode.replace("b", "").replace("t", ""), closefd=closefd, opener=opener)
    buffered: Any
    if "+" in mode:
        buffered = io.BufferedRandom(opened)
    else:
        buffered = io.BufferedReader(opened) if "r" in mode else io.BufferedWriter(opened)
    return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)
