"""Shield: the sound of a call is taken from its peer's addresses alone. The stack takes it from anybody.

The kernel drops what comes from elsewhere, by a filter (classic BPF) on the stack's own sockets. Only the address
counts, as some telephones send from another port than they listen at. Linux alone has it.
"""

from __future__ import annotations

import ctypes
import ipaddress
import os
import socket
import struct
from collections.abc import Collection, Iterator

_SO_ATTACH_FILTER = 26
_LOAD, _IS, _RETURN = 0x20, 0x15, 0x06
"""BPF_LD+BPF_W+BPF_ABS, BPF_JMP+BPF_JEQ+BPF_K and BPF_RET+BPF_K of linux/filter.h."""
_IP_HEADER = 0xFFF00000
"""SKF_NET_OFF: where a filter finds the header of the network, whatever it is given."""
_WHOLE = 0xFFFF
_SOURCE = {4: 12, 6: 8}
"""Where the source stands in the header (RFC 791, RFC 8200)."""


def shield(port: int, addresses: Collection[str]) -> int:
    """Lets in what comes from these addresses, at the UDP sockets of this process at `port` (RTP) and the next (RTCP).

    Returns how many sockets that are; what is no address is left out, and without any nothing is changed.
    """
    known = [ipaddress.ip_address(each) for each in addresses if _is_address(each)]
    count = 0
    for one in _sockets(port):
        with one:
            version = 6 if one.family == socket.AF_INET6 else 4
            wanted = [each for each in known if each.version == version]
            if wanted:
                _attach(one, _program(version, [each.packed for each in wanted]))
                count += 1
    return count


def _program(version: int, sources: Collection[bytes]) -> bytes:
    """Takes a packet whole whose source is one of these, else nothing of it."""
    steps = list[tuple[int, int, int, int]]()
    for source in sources:
        words = struct.unpack(f"!{len(source) // 4}I", source)
        for number, word in enumerate(words):
            steps.append((_LOAD, 0, 0, _IP_HEADER + _SOURCE[version] + 4 * number))
            to_the_next = 2 * (len(words) - number - 1) + 1  # the next source begins behind this one's `return`
            steps.append((_IS, 0, to_the_next, word))
        steps.append((_RETURN, 0, 0, _WHOLE))
    steps.append((_RETURN, 0, 0, 0))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _attach(one: socket.socket, program: bytes) -> None:
    held = ctypes.create_string_buffer(program, len(program))
    one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // 8, ctypes.addressof(held)))


def _sockets(port: int) -> Iterator[socket.socket]:
    """Duplicates of this process's UDP sockets at the port and the next."""
    for name in os.listdir("/proc/self/fd"):
        one = _duplicate(int(name))
        if one is None:
            continue
        is_udp = one.type == socket.SOCK_DGRAM and one.family in (socket.AF_INET, socket.AF_INET6)
        if is_udp and one.getsockname()[1] in (port, port + 1):
            yield one
        else:
            one.close()


def _duplicate(descriptor: int) -> socket.socket | None:
    """Another socket of the same; None for what is no socket, or is gone."""
    try:
        other = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=other)
    except OSError:
        os.close(other)
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
