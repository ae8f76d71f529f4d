"""What a log of `strace -f -y` says: the calls that reach for a network, and those that write outside of a folder."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

STRACE = (
    "strace",
    "-f",
    "-q",
    "-y",
    "--seccomp-bpf",
    "-e",
    "trace=%network,%file,fchdir,clone,clone3,fork,vfork,io_uring_setup,io_uring_enter,io_uring_register,pidfd_getfd",
)


class Call(NamedTuple):
    pid: str
    name: str
    arguments: str
    """As strace prints them, for a call that never returned as far as they go."""

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}"


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The system calls of a log of `strace -f -o`; what another thread interrupted is put together again."""
    begun: dict[str, str] = {}
    for line in lines:
        pid, _, text = line.strip().partition(" ")
        text = text.strip()
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
            text = begun.pop(pid, "") + resumed[1]
        elif text.endswith("<unfinished ...>"):
            begun[pid] = text.removesuffix("<unfinished ...>")
            continue
        yield from _parsed(pid, text)
    for pid, text in begun.items():
        yield from _parsed(pid, text)


def _parsed(pid: str, text: str) -> Iterator[Call]:
    if call := re.match(r"(\w+)\((.*)", text):  # and not "+++ exited with 0 +++" or "--- SIGCHLD ... ---"
        yield Call(pid, call[1], call[2])


@dataclass
class Folder:
    """The working directory of a process and of its threads, which may change it for each other."""

    path: Path


class Folders:
    """Who works where: on x86, names of folders, links and what is renamed or removed come without that."""

    def __init__(self, first: Path, born: Iterable[Call]) -> None:
        """`first`: of the first process. `born`: all calls, as a child may be seen before its parent knows of it."""
        self._first = first
        self._folders: dict[str, Folder] = {}
        self._born = {found[1]: call for call in born if (found := BORN.search(call.arguments)) and call.name in FORKS}

    def of(self, pid: str) -> Folder:
        if pid not in self._folders:
            born = self._born.get(pid)
            parent = self.of(born.pid) if born and born.pid != pid else Folder(self._first)
            shared = born is not None and "CLONE_FS" in born.arguments
            self._folders[pid] = parent if shared else Folder(parent.path)
        return self._folders[pid]

    def follow(self, call: Call) -> None:
        """`call` may be one that changes it."""
        if call.name == "chdir" and (found := re.match(r'"((?:[^"\\]|\\.)*)"\)\s+= 0', call.arguments)):
            folder = self.of(call.pid)
            folder.path = Path(os.path.normpath(folder.path / found[1]))
        elif call.name == "fchdir" and (found := re.match(r"\d+<([^>]*)>\)\s+= 0", call.arguments)):
            self.of(call.pid).path = Path(found[1])


FORKS = ("clone", "clone3", "fork", "vfork")
BORN = re.compile(r"\)\s+= (\d+)")


def reaches_out(call: Call, *, loopback: bool = False, own: Path = Path("/nowhere")) -> bool:
    """Whether a call reaches for anything but memory, files and the local sockets that are known (LOCAL, `own`).

    AF_NETLINK is how getaddrinfo begins, and nscd, systemd-resolved and avahi answer for DNS behind a local socket, as
    a bus or a container's daemon may for anything. What io_uring does, no trace of system calls shows.
    loopback: TCP from 127.0.0.0/8 and ::1 is let in, too; a server connects to nobody.
    """
    if call.name in ELSEWHERE_CALLS:
        return True
    if call.name in SENDING and any(not _is_known(path, own) for path in SOCKETS.findall(call.arguments)):
        return True
    plain = STRINGS.sub(lambda found: found[1] or "", call.arguments)
    families = set(FAMILIES.findall(plain)) - {"AF_FDCWD", "AF_UNIX", "AF_UNSPEC"}
    if call.name in ("socket", "socketpair") and not plain.startswith("AF_"):
        return True  # a number that strace has no name for
    if not (loopback and families <= {"AF_INET", "AF_INET6"}):
        return bool(families)
    return bool(families) and not _stays_here(call.name, plain)


ELSEWHERE_CALLS = ("io_uring_setup", "io_uring_enter", "io_uring_register", "pidfd_getfd")
SENDING = ("connect", "sendto", "sendmsg", "sendmmsg")
SOCKETS = re.compile(r'sun_path=(@?"(?:[^"\\]|\\.)*")')
LOCAL = re.compile(
    r'"(/run/systemd/(notify|journal/(socket|stdout|dev-log))|/dev/log'
    r"|/(run|var/run)/(user/\d+/)?(pulse/native|pipewire-0(-manager)?)|/(tmp|dev/shm)/jack[-_][^\"]*)\"$"
)
"""Who is asked on this machine: systemd, the journal, and servers of sound."""
FAMILIES = re.compile(r"\b(?:AF|PF)_[\w?]+")
STRINGS = re.compile(r'(inet_(?:addr\(|pton\(AF_INET6, )"[^"]*")|"(?:[^"\\]|\\.)*"')
"""Addresses (group 1), and what was sent or named."""


def _is_known(name: str, own: Path) -> bool:
    """Whether a local socket is one of those above, or lies in `own`; one with @ has no file, and may be anybody's."""
    return LOCAL.match(name) is not None or (name[0] == '"' and Path(os.path.normpath(name[1:-1])).is_relative_to(own))


def _stays_here(name: str, plain: str) -> bool:
    if name == "connect":
        return False  # who listens on loopback may be a proxy
    if name == "socket":
        return "SOCK_STREAM" in plain
    addresses = re.findall(r'inet_(?:addr\(|pton\(AF_INET6, )"([^"]*)"', plain)
    if name == "accept4" and not addresses:
        return True  # nobody was there
    return bool(addresses) and all(ipaddress.ip_address(one).is_loopback for one in addresses)


class Passed:
    """Descriptors that cross a socket are open already, wherever they lead: only from sockets that are known."""

    def __init__(self, own: Path) -> None:
        self._own, self._known = own, set[str]()

    def is_foreign(self, call: Call) -> bool:
        """Whether `call` passes one over another socket; or it is the connection to one that is known."""
        socket = re.match(r"\d+<(socket:\[\d+\])>", call.arguments)
        if call.name == "connect" and socket and (found := SOCKETS.findall(call.arguments)):
            if all(_is_known(name, self._own) for name in found):
                self._known.add(socket[1])
            return False
        return "SCM_RIGHTS" in STRINGS.sub("", call.arguments) and not (socket and socket[1] in self._known)


CHANGES = re.compile(r"(mkdir|mknod|rename|link|symlink|unlink|rmdir|truncate|chmod|chown|utime|setxattr)")


def written(call: Call, cwd: Path) -> Iterator[Path]:
    """The paths that a call creates, opens for writing or changes; also where it did not succeed."""
    if call.name == "bind":
        if found := re.search(r'sun_path="((?:[^"\\]|\\.)*)"', call.arguments):  # one with @ is no file
            yield Path(os.path.normpath(cwd / found[1]))
        return
    opens = call.name in ("open", "openat", "openat2", "creat")
    if opens and not (call.name == "creat" or re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", call.arguments)):
        return
    if not opens and (not CHANGES.search(call.name) or call.name.startswith("readlink")):
        return
    folder = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>", call.arguments)
    for path in re.findall(r'"((?:[^"\\]|\\.)*)"', call.arguments):
        yield Path(os.path.normpath((folder[1] if folder else cwd) / Path(path)))


ELSEWHERE = re.compile(
    r"/dev/(null$|snd/|dsp|shm/jack[-_]|shm/pulse-shm-|shm/sem\.)|/proc/self/(oom_score_adj|coredump_filter)$"
)
"""Nowhere, where Python and the engines send output; sound cards (ALSA, OSS); memory: what PortAudio's libraries
for JACK and PulseAudio share with their servers on this machine, and the semaphores of multiprocessing; and what a
worker tells the kernel about itself."""


def findings(trace: Path, own: Path, *, loopback: bool = False) -> list[Call]:
    """The calls that reach out or change a file outside of `own`, the working directory of the process.

    Let pass is also what is neither a file nor a network: see ELSEWHERE.
    """
    with trace.open(errors="replace") as lines:
        folders = Folders(own, calls(lines))
    found, passed = [], Passed(own)
    with trace.open(errors="replace") as lines:
        for call in calls(lines):
            cwd = folders.of(call.pid).path
            odd = reaches_out(call, loopback=loopback, own=own) or passed.is_foreign(call)
            if odd or any(not _may_be_written(path, own) for path in written(call, cwd)):
                found.append(call)
            folders.follow(call)
    return found


def _may_be_written(path: Path, own: Path) -> bool:
    return path.is_relative_to(own) or ELSEWHERE.match(str(path)) is not None
