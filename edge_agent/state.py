"""The little that must outlive the agent: in STATE_DIRECTORY under systemd, else in the user's own folder; and how."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from edge_agent.processes import go_on_as

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
STDOUT = Path("-")
"""The name of standard output, where a user may give a file."""
SYSTEM_STATE = Path("/var/lib/edge-agent")
"""What systemd makes of `StateDirectory=edge-agent` in a system service. All in it is the service's own user's."""
SYSTEM_SWITCHES = Path("/var/lib/edge-agent-switches")
"""Root's folder for the switches of a system service: what has taken that over can neither lift a mute nor have a
history kept."""


def state_dir() -> Path:
    """The state directory, perhaps not made yet. systemd separates several by colons; ours has one."""
    given = os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given.split(":")[0])
    from platformdirs import user_state_path

    return user_state_path("edge_agent")


def runtime_dir() -> Path:
    """What outlives a crash and no boot. Under systemd in memory: on a disk that is full or read-only, failed starts
    would not be counted and the agent started for ever, in silence."""
    given = os.environ.get("RUNTIME_DIRECTORY")
    return Path(given.split(":")[0]) if given else state_dir()


def credential(name: str) -> str | None:
    """A secret that systemd hands to the service (`LoadCredential=NAME:FILE`), without blanks around it; None where it
    hands over none of that name. Raises OSError, UnicodeDecodeError."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        return (Path(folder) / name).read_text("utf-8").strip() if folder else None
    except FileNotFoundError:
        return None


def switches_dir() -> Path:
    """Where this process looks for its switches."""
    own = state_dir()
    return SYSTEM_SWITCHES if own in (SYSTEM_STATE, SYSTEM_STATE.with_name("private") / SYSTEM_STATE.name) else own


def switches_of(*, system: bool) -> Path:
    """Where the system service does, or whoever asks."""
    return SYSTEM_SWITCHES if system else switches_dir()


def switch_on(file: Path) -> None:
    """Make the file of a switch, if it is not there, and let it survive a power cut. Raises OSError."""
    roots = file.parent == SYSTEM_SWITCHES
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if roots:
        file.parent.chmod(0o755)  # whatever the umask: the service has to see it
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    sync(file.parent)


def state_of(*, system: bool) -> Path:
    """The state directory of the system service, as whose user this process then goes on; or of whoever asks."""
    if not system:
        return state_dir()
    with suppress(FileNotFoundError):
        go_on_as(os.stat(SYSTEM_STATE))
    return SYSTEM_STATE


def mend(error: OSError, folder: Path, words: str) -> str | None:
    """The command that mends it, where permission to use `folder` was wanting: `edge-agent WORDS` as root for the
    system service's; for another that is no help, as root has a folder of its own. Or where there can be none: HOME
    is no folder, the disk is read-only."""
    systems = folder in (SYSTEM_STATE, SYSTEM_SWITCHES)
    if not systems and (isinstance(error, NotADirectoryError | FileExistsError) or error.errno == errno.EROFS):
        return "export XDG_STATE_HOME=DIR, with a folder that you may write to"
    if not isinstance(error, PermissionError):
        return None
    return f"sudo edge-agent {words} --system" if systems else f'sudo chown -R "$USER" {folder}'


def stamp(path: Path) -> list[int]:
    """What changes whenever the content does: writing sets mtime and ctime, replacing the file sets the inode. Raises
    OSError."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]


@contextmanager
def alone_with(file: Path, flags: int = os.O_RDONLY) -> Iterator[None]:
    """No other process of ours is in such a context of the same file or folder meanwhile. `flags`: of os.open. Raises
    OSError."""
    held = os.open(file, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def sync(folder: Path) -> None:
    """Let what was made or deleted in `folder` survive a power cut too. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_whole(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Write `text`, or leave what was there: nobody ever reads a half of it, also after a power cut. Raises OSError."""
    with new_whole(file, mode=mode) as new:
        new.write(text.encode("utf-8"))


@contextmanager
def new_whole(file: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """What is written to it becomes `file` when the context ends, and nothing does after an error.

    A link is replaced, as nobody else may say where ours goes; `led_to` follows that of a user. Raises OSError, also
    where a device, a pipe or a folder has the name.
    """
    _refuse_odd(file)
    _clear_parts(file)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, _NEW, mode), "wb") as new:
            yield new
            new.flush()
            os.fsync(new.fileno())  # the name must not outlive a power cut that the words did not
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def led_to(file: Path) -> Path:
    """The file that is meant by the name that a user gave: links are followed, but for one that somebody else has laid.
    Raises OSError."""
    if file.is_symlink() and os.lstat(file).st_uid not in (0, os.geteuid()):
        raise PermissionError(errno.EACCES, "it is a link of somebody else", str(file))
    return file.resolve()


def open_regular(file: Path) -> BinaryIO:
    """A file to read. Raises OSError, also for a pipe that nobody may ever write to, or a device without end."""
    opened = open(file, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK))  # noqa: SIM115
    if stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        return opened
    opened.close()
    raise OSError(errno.EINVAL, "it is no regular file", str(file))


def new_private(file: Path) -> BinaryIO:
    """An empty file of that name for its owner alone, open to be written as one goes. One of ours that was there goes:
    who has it open, or could read it, does not read the new one. Raises OSError, also for a link, for what is no
    regular file, and for a file of somebody else."""
    with suppress(FileNotFoundError):
        found = os.lstat(file)
        if stat.S_ISLNK(found.st_mode):
            raise OSError(errno.ELOOP, "it is a link", str(file))
        _refuse_odd(file)
        if found.st_uid != os.geteuid():
            raise PermissionError(errno.EACCES, "it is somebody else's", str(file))
        file.unlink()
    return os.fdopen(os.open(file, _NEW, 0o600), "wb")


def _refuse_odd(file: Path) -> None:
    """A device, a pipe or a socket would be replaced by a rename, and be gone."""
    with suppress(FileNotFoundError):
        mode = os.lstat(file).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError(errno.EINVAL, "it is no regular file", str(file))


def _clear_parts(file: Path) -> None:
    """Those of processes that were killed in the middle of it."""
    before, after = f".{file.name}.", ".part"
    with suppress(OSError):
        for name in os.listdir(file.parent):
            pid = name.removeprefix(before).removesuffix(after)
            if name == f"{before}{pid}{after}" and pid.isdecimal() and not _is_alive(int(pid)):
                file.with_name(name).unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    """Whether the process is alive. When in doubt, yes: another user's process may not be asked."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
