"""What a log of `strace -f -y` says: the calls that reach for a network, and those that write outside of a folder."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

STRACE = ("strace", "-f", "-q", "-y", "--seccomp-bpf", "-e", "trace=%network,%file")


class Call(NamedTuple):
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
        yield from _parsed(text)
    for text in begun.values():
        yield from _parsed(text)


def _parsed(text: str) -> Iterator[Call]:
    if call := re.match(r"(\w+)\((.*)", text):  # and not "+++ exited with 0 +++" or "--- SIGCHLD ... ---"
        yield Call(call[1], call[2])


def reaches_out(call: Call, *, loopback: bool = False) -> bool:
    """Whether a call reaches for anything but a local socket that is no name service.

    AF_NETLINK is how getaddrinfo begins, and nscd and systemd-resolved answer for DNS behind a local socket.
    loopback: TCP to and from 127.0.0.0/8 and ::1 is let pass too, but for port 53 (systemd-resolved is 127.0.0.53).
    """
    if call.name in ("connect", "sendto", "sendmsg", "sendmmsg") and re.search(r"nscd|resolve", call.arguments):
        return True
    plain = STRINGS.sub(lambda found: found[1] or "", call.arguments)
    families = set(re.findall(r"\b(?:AF|PF)_\w+", plain)) - {"AF_FDCWD", "AF_UNIX", "AF_UNSPEC"}
    if not (loopback and families <= {"AF_INET", "AF_INET6"}):
        return bool(families)
    return bool(families) and not _stays_here(call.name, plain)


STRINGS = re.compile(r'(inet_(?:addr\(|pton\(AF_INET6, )"[^"]*")|"(?:[^"\\]|\\.)*"')
"""Addresses (group 1), and what was sent or named."""


def _stays_here(name: str, plain: str) -> bool:
    if name == "socket":
        return "SOCK_STREAM" in plain
    addresses = re.findall(r'inet_(?:addr\(|pton\(AF_INET6, )"([^"]*)"', plain)
    if name == "accept4" and not addresses:
        return True  # nobody was there
    ports = re.findall(r"port=htons\((\d+)\)", plain)
    return bool(addresses) and all(ipaddress.ip_address(one).is_loopback for one in addresses) and "53" not in ports


CHANGES = re.compile(r"(mkdir|mknod|rename|link|symlink|unlink|rmdir|truncate|chmod|chown|utime|setxattr)")


def written(call: Call, cwd: Path) -> Iterator[Path]:
    """The paths that a call creates, opens for writing or changes; also where it did not succeed."""
    opens = call.name in ("open", "openat", "openat2", "creat")
    if opens and not (call.name == "creat" or re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", call.arguments)):
        return
    if not opens and (not CHANGES.search(call.name) or call.name.startswith("readlink")):
        return
    folder = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>", call.arguments)
    for path in re.findall(r'"((?:[^"\\]|\\.)*)"', call.arguments):
        yield Path(os.path.normpath((folder[1] if folder else cwd) / Path(path)))


ELSEWHERE = re.compile(r"/dev/(null$|snd/|dsp|shm/jack[-_]|shm/pulse-shm-|shm/sem\.)|/proc/self/oom_score_adj$")
"""Nowhere, where Python and the engines send output; sound cards (ALSA, OSS); memory: what PortAudio's libraries
for JACK and PulseAudio share with their servers on this machine, and the semaphores of multiprocessing; and what a
worker tells the kernel about itself."""


def findings(trace: Path, own: Path, *, loopback: bool = False) -> list[Call]:
    """The calls that reach out or change a file outside of `own`, the working directory of the process.

    Let pass is also what is neither a file nor a network: see ELSEWHERE.
    """
    with trace.open(errors="replace") as lines:
        return [
            call
            for call in calls(lines)
            if reaches_out(call, loopback=loopback)
            or any(not (path.is_relative_to(own) or ELSEWHERE.match(str(path))) for path in written(call, cwd=own))
        ]
