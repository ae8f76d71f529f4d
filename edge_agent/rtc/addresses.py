"""The addresses of this machine, as the kernel lists them to anybody: a service may have no netlink socket."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from pathlib import Path

SIOCGIFCONF = 0x8912
ROW = 40
"""Bytes of a struct ifreq on machines of 64 bits: a name of 16, then an address."""
MOST = 64
IF_INET6 = Path("/proc/net/if_inet6")
TENTATIVE = 0x40
"""A flag of an address about which it is still being asked whether another machine has it: nobody can listen on it."""


def own_addresses() -> list[str]:
    """Those that a peer may reach it under: IPv4 with loopback, and IPv6 without link-local ones."""
    return list(dict.fromkeys(address for _, address in named_addresses()))


def named_addresses() -> list[tuple[str, str]]:
    """The same, each behind the name of its interface."""
    return [*_ipv4(), *_ipv6(IF_INET6)]


def _ipv4() -> list[tuple[str, str]]:
    space = bytearray(ROW * MOST)
    held = (len(space), _address_of(space))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            size = struct.unpack("iP", fcntl.ioctl(sock, SIOCGIFCONF, struct.pack("iP", *held)))[0]
    except OSError:
        return [("lo", "127.0.0.1")]
    rows = [space[at : at + ROW] for at in range(0, size, ROW)]
    return [(row[:16].partition(b"\0")[0].decode("latin-1"), socket.inet_ntoa(row[20:24])) for row in rows]


def _address_of(space: bytearray) -> int:
    import ctypes

    return ctypes.addressof((ctypes.c_char * len(space)).from_buffer(space))


def _ipv6(file: Path) -> list[tuple[str, str]]:
    try:
        rows = [line.split() for line in file.read_text().splitlines()]
        settled = [row for row in rows if not int(row[4], 16) & TENTATIVE]
        found = [(row[5], ipaddress.IPv6Address(int(row[0], 16))) for row in settled]
    except (OSError, ValueError, IndexError):
        return []
    return [(name, str(each)) for name, each in found if not (each.is_link_local or each.is_loopback)]
