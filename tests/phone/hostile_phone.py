"""A SIP process that a stranger's packet has taken over: it locks itself in, tries to get out, and prints what came of
it. Arguments: a port of this machine that listens, a folder with a secret and a bus in it, a process."""

import json
import os
import socket
import sys
import tempfile
from pathlib import Path

from workers.hostile_engine import ATTEMPTS

from edge_agent.phone.messages import StackSetup
from edge_agent.phone.process import lock_in

port, place, victim = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
FILES = {"read": "secret", "list": "", "write": "secret", "make": "secret", "remove": "secret", "truncate": "secret",
         "chmod": "secret", "touch": "secret", "link": "secret", "unix": "bus"}  # fmt: skip
PROCESSES = ("kill", "tgkill", "pidfd", "owner", "limits", "ptrace", "memory", "environment")
OTHERS = ("fork", "clone", "clone3", "kill all", "io_uring", "unshare", "outlive", "unknown")


def came_of(attempt, at):
    try:
        attempt(at)
    except OSError as error:
        return error.errno
    return "done"


def packets(family, kind):
    return lambda _: socket.socket(family, kind).close()


def links_in_its_folder(own):
    os.symlink("/etc/shadow", f"{own}/link")


def bus_by_a_pair_of_datagrams(bus):
    socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", bus)


own = tempfile.gettempdir()
lock_in(StackSetup("127.0.0.1", 0, "udp", "", "", "", False, (), (), (), 1))
found = {name: came_of(ATTEMPTS[name], str(place / file)) for name, file in FILES.items()}
found |= {name: came_of(ATTEMPTS[name], victim) for name in PROCESSES}
found |= {name: came_of(ATTEMPTS[name], 0) for name in OTHERS}
found["exec"] = came_of(ATTEMPTS["exec"], "/bin/true")
found["packet"] = came_of(packets(socket.AF_PACKET, socket.SOCK_RAW), 0)
found["vsock"] = came_of(packets(socket.AF_VSOCK, socket.SOCK_STREAM), 0)
found["pair"] = came_of(bus_by_a_pair_of_datagrams, str(place / "bus"))
found["link out"] = came_of(links_in_its_folder, own)
needed = {
    "tcp": came_of(ATTEMPTS["internet"], port),
    "udp": came_of(ATTEMPTS["datagram"], port),
    "networks": came_of(packets(socket.AF_NETLINK, socket.SOCK_RAW), 0),
    "loop": came_of(lambda _: socket.socketpair(), 0),
    "names": came_of(lambda _: socket.getaddrinfo("localhost", port), 0),
    "write": came_of(lambda _: Path(own, "config").write_text("x"), 0),
    "read": came_of(lambda _: Path(own, "config").read_text(), 0),
    "remove": came_of(lambda _: Path(own, "config").unlink(), 0),
    "mkdir": came_of(lambda _: Path(tempfile.mkdtemp()).rmdir(), 0),
}
sys.stdout.write(json.dumps({"found": found, "needed": needed}))
