"""A "model" that has taken over its engine and tries to get out. Run as a worker's program by test_sandbox.py.

What it is asked for is the name of an attempt; what it answers is what came of it.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path

from edge_agent.workers import sandbox
from edge_agent.workers.packet import Packet
from edge_agent.workers.process import connection, seclude, work

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def bare(number, *arguments):
    return checked(libc.syscall(number, *(ctypes.c_long(each) for each in arguments)))


def to_file(path):
    with Path(path).open("ab") as file:
        file.write(b"x")


def forks(call):
    """Whether a process is born; it ends at once."""
    pid = call()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def signals_by_a_descriptor(pid):
    fcntl.fcntl(0, fcntl.F_SETOWN, pid)


def passes_a_descriptor(path):
    ours = next(int(fd) for fd in os.listdir("/proc/self/fd") if "socket:" in os.path.realpath(f"/proc/self/fd/{fd}"))
    socket.socket(fileno=os.dup(ours)).sendmsg([b""], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 0))])


ATTEMPTS = {
    "read": lambda path: Path(path).read_bytes(),
    "list": os.listdir,
    "write": to_file,
    "make": lambda path: Path(f"{path}.new").mkdir(),
    "remove": os.unlink,
    "truncate": lambda path: os.truncate(path, 0),
    "chmod": lambda path: os.chmod(path, 0o777),
    "touch": os.utime,
    "link": lambda path: os.link(path, f"{path}.link"),
    "internet": lambda port: socket.create_connection(("127.0.0.1", port), 5).close(),
    "datagram": lambda port: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
    "netlink": lambda _: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "unix": lambda path: socket.socket(socket.AF_UNIX).connect(path),
    "pair": lambda _: socket.socketpair(),
    "descriptor": passes_a_descriptor,
    "fork": lambda _: forks(os.fork),
    "clone": lambda _: forks(lambda: bare({"x86_64": 56, "aarch64": 220}[os.uname().machine], signal.SIGCHLD, 0, 0, 0)),
    "clone3": lambda _: forks(lambda: clone3()),
    "exec": lambda path: os.execv(path, [path]),
    "kill": lambda pid: os.kill(pid, 0),
    "kill all": lambda _: os.kill(-1, 0),
    "tgkill": lambda pid: bare({"x86_64": 234, "aarch64": 131}[os.uname().machine], pid, pid, 0),
    "pidfd": lambda pid: signal.pidfd_send_signal(os.pidfd_open(pid), 0),
    "owner": signals_by_a_descriptor,
    "limits": lambda pid: __import__("resource").prlimit(pid, 7, (3, 3)),
    "ptrace": lambda pid: checked(libc.ptrace(0x4206, pid, None, None)),
    "memory": lambda pid: os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY)),
    "environment": lambda pid: Path(f"/proc/{pid}/environ").read_bytes(),
    "io_uring": lambda _: checked(libc.syscall(425, 1, ctypes.create_string_buffer(512))),
    "mount": lambda path: checked(libc.mount(b"none", os.fsencode(os.path.dirname(path)), b"tmpfs", 0, None)),
    "unshare": lambda _: checked(libc.unshare(0x10000000)),
    "outlive": lambda _: checked(libc.prctl(1, 0, 0, 0, 0)),
    "unknown": lambda _: bare(9999),
}


def clone3():
    arguments = struct.pack("=8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    return checked(libc.syscall(435, arguments, ctypes.c_size_t(len(arguments))))


class Hostile:
    def call(self, name, args, packet):
        if name == "works":
            return Packet({"value": self._works()})
        try:
            ATTEMPTS[name](args["at"])
        except OSError as error:
            return Packet({"value": error.errno})
        return Packet({"value": "done"})

    def _works(self):
        """What an engine needs."""
        done = []
        thread = threading.Thread(target=done.append, args=(1,))
        thread.start()
        thread.join()
        return len(done)

    def stream(self, name, args):
        raise NotImplementedError


def load(told):
    if told["locked"]:
        sandbox._CARDS = ("/dev/full",)
        sandbox.confine([Path(told["path"])], card=told["card"])
    return Hostile(), {"rate_hz": 16_000}


if __name__ == "__main__":
    seclude(int(sys.argv[1]))
    work(connection(), load)
