"""Same user: whose program it is that has connected over loopback, by the kernel's table of sockets (Linux)."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path

Address = tuple[str, int]
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
ROOT = 0


def is_same_user(client: Address, server: Address) -> bool:
    """Whether the program behind a TCP connection of this machine is root's or of the user of this process. When in
    doubt, no: elsewhere than on Linux, and for a connection that is gone."""
    return uid_of(client, server) in (ROOT, os.geteuid())


def uid_of(client: Address, server: Address, tables: tuple[str, ...] = TABLES) -> int | None:
    """The number of the user who owns the client's end. None if this machine knows of no such end."""
    wanted = (_as_number(client), _as_number(server))
    for table in tables:
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for ends, uid in _rows(lines):
            if ends == wanted:
                return uid
    return None


def _rows(lines: list[str]) -> Iterator[tuple[tuple[Address, Address], int]]:
    """(local, remote) and the user's number of each socket."""
    for line in lines:
        fields = line.split()
        yield (_parsed(fields[1]), _parsed(fields[2])), int(fields[7])


def _parsed(field: str) -> Address:
    """ "0100007F:1F90" -> ("127.0.0.1", 8080): words of 4 bytes in the machine's own order, a port as it is read."""
    words, _, port = field.partition(":")
    raw = b"".join(int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    return _as_number((ipaddress.ip_address(raw).compressed, int(port, 16)))


def _as_number(address: Address) -> Address:
    """The address in its one form: an IPv4 address that came over an IPv6 socket is one of IPv4."""
    host = ipaddress.ip_address(address[0].partition("%")[0])
    mapped = getattr(host, "ipv4_mapped", None)
    return (mapped or host).compressed, address[1]
