"""Sandbox: what a worker may ask of the kernel once it knows its model: memory, threads, the files named, and no more.

Two locks, both of the kernel and both for good. Landlock: which files may be opened (landlock(7)). A filter of system
calls: no socket, program, other process, io_uring (seccomp(2)). A model that takes over its engine has nothing then
but the socket that it was given, where the agent believes nothing that it says (packet.py).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ConfigError

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

# --- which files ------------------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of Landlock's system calls, the same on all architectures."""
_READ = 1 << 2
_READ_FOLDER = 1 << 3
_WRITE = 1 << 1
_IOCTL = 1 << 15
_OWN = _READ | _READ_FOLDER | _WRITE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
"""Reading, writing, truncating; making and removing files and folders, but no links, pipes, sockets or devices."""
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""ABI of the kernel -> all that it can refuse: 2 brought moving, 3 truncating, 5 what else is asked of devices."""
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/localtime", "/etc/os-release",
    "/sys", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/dev/zero", "/dev/random", "/dev/urandom",
)  # fmt: skip
"""The system's libraries, and what these ask of processors. Everybody may read them; none holds anybody's words."""
_OF_CARDS = (
    "/etc/vulkan", "/etc/OpenCL", "/etc/glvnd", "/etc/nvidia", "/opt/rocm", "/proc/driver", "/proc/devices",
    "/proc/modules", "/proc/version", "/proc/mounts", "/proc/sys",
)  # fmt: skip
"""What drivers of GPUs read besides. Not all of /proc: with Linux 6.18 Landlock lets the environment of another process
be read there, and the agent's may hold a key."""
_OF_NETWORKS = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/etc/ssl", "/etc/pki/tls", "/etc/ca-certificates", "/run/systemd/resolve", "/proc/mounts", "/proc/net",
)  # fmt: skip
"""What names become addresses with, and who vouches for them."""
_CARDS = ("/dev/nvidia*", "/dev/nvidia-caps/*", "/dev/dri/*", "/dev/kfd")


@dataclass(frozen=True, slots=True)
class Locks:
    """What this kernel can lock."""

    landlock: int
    """The ABI of Landlock; 0 = none."""
    filter: bool


def locks() -> Locks:
    """What there is; nothing is locked by asking."""
    abi = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    seccomp = _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 and platform.machine() in _MACHINES
    return Locks(max(0, abi), seccomp)


def confine(model: Iterable[Path], *, card: bool) -> None:
    """Lock this process in, with a model's folder or files and those of its engine, and GPUs if `card`.

    What the kernel lacks is left out, as `doctor` says. Threads that are there already would go free of Landlock: it
    has to be asked before numpy is imported. Raises ConfigError where there are some, OSError where a lock fails.
    """
    files = [each for one in model for each in _of_model(one)]
    devices = [each for pattern in _CARDS for each in Path("/").glob(pattern[1:]) if not each.is_dir()] if card else []
    _confine([*files, *_existing(_OF_CARDS if card else ())], devices=devices)


def confine_on_network(readable: Iterable[Path], own: Path) -> None:
    """The same for a process that others on the network speak to: it has sockets of the internet, and no others, and
    writes into `own` alone. `readable`: files that it needs. Raises what `confine` does."""
    _confine([*readable, *_existing(_OF_NETWORKS)], own=own)


def _confine(readable: Iterable[Path], *, devices: Iterable[Path] = (), own: Path | None = None) -> None:
    if early := _other_threads():
        raise ConfigError(
            "The sandbox cannot hold threads that came before it, and a library that Python loads at its start (by a "
            f".pth file, sitecustomize or LD_PRELOAD) has started {', '.join(early)}: take it out, or the sandbox off.",
            fix="edge-agent config set engines.sandbox false",
        )
    there = locks()
    if there.landlock:
        _lock_files(there.landlock, [*_program(), *readable], devices, own)
    if there.filter:
        _lock_calls(network=own is not None)


def _other_threads() -> list[str]:
    """The names of the threads beside this one, as the kernel knows them."""
    names = []
    for each in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            names += [(each / "comm").read_text().strip()] if int(each.name) != threading.get_native_id() else []
    return sorted(names)


def _program() -> Iterator[Path]:
    """Python, its packages and our own. A folder that holds the home of the user is not among them."""
    home = Path(os.environ.get("HOME") or "/").resolve()
    python = [Path(prefix) / name for prefix in (sys.prefix, sys.base_prefix) for name in ("lib", "lib64")]
    packages = [Path(each) for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    libraries = [Path(each) for each in os.environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    for folder in (Path(__file__).parents[1], *python, *packages, *libraries):
        if folder.exists() and not home.is_relative_to(folder.resolve()):
            yield folder
    yield from _existing(_SYSTEM)


def _of_model(model: Path) -> Iterator[Path]:
    """Its folder and what links in it lead to; or its file and those that are called after it (`voice.onnx.json`)."""
    if model.is_dir():
        yield from (model, *(each for each in model.iterdir() if each.is_symlink() and each.exists()))
    elif model.exists():
        yield from (model, *(each for each in model.parent.iterdir() if each.name.startswith(f"{model.name}.")))


def _existing(names: Iterable[str]) -> Iterator[Path]:
    return (Path(name) for name in names if Path(name).exists())


def _lock_files(abi: int, readable: Iterable[Path], devices: Iterable[Path], own: Path | None) -> None:
    """`own`: a folder to write to, of a process that is on the network."""
    handled = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= abi)]
    network = 3 if abi >= 4 and own is None else 0  # to bind and to connect, by TCP
    outside = 3 if abi >= 6 else 0  # abstract sockets and signals of others
    told = struct.pack("=QQQ", handled, network, outside)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    rules = _checked(_libc.syscall(_CREATE_RULESET, told, ctypes.c_size_t(len(told)), 0))
    try:
        for path in readable:
            _allow(rules, path, _READ | (_READ_FOLDER if path.is_dir() else 0))
        for device in (Path(os.devnull), *devices):
            _allow(rules, device, (_READ | _WRITE | _IOCTL) & handled)
        if own:
            _allow(rules, own, _OWN & handled)
        _no_new_privileges()
        _checked(_libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(_libc.syscall(_ADD_RULE, rules, 1, struct.pack("=Qi", rights, folder), 0))
    finally:
        os.close(folder)


# --- which system calls -----------------------------------------------------------------------------------------

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG = 21, 22, 38, 1
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""What the kernel calls it, and the column of the numbers below."""
_FIRST_UNKNOWN = 451
"""The first number that this file does not know, of either machine (Linux 6.5): what is newer is refused, as by an
older kernel, which C libraries are ready for. x32's numbers are above it, too."""
_REFUSED = """
    socket 41 198, socketpair 53 199, connect 42 203, accept 43 202, accept4 288 242, bind 49 200, listen 50 201,
    sendmsg 46 211, sendmmsg 307 269, recvmsg 47 212, recvmmsg 299 243, execve 59 221, execveat 322 281,
    fork 57 -, vfork 58 -, io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427,
    ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440,
    process_mrelease 448 448, pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, kcmp 312 272,
    tkill 200 130, rt_tgsigqueueinfo 297 240, perf_event_open 298 241, bpf 321 280, userfaultfd 323 282,
    add_key 248 217, request_key 249 218, keyctl 250 219, mount 165 40, umount2 166 39, pivot_root 155 41,
    chroot 161 51, open_tree 428 428, move_mount 429 429, fsopen 430 430, fsconfig 431 431, fsmount 432 432,
    fspick 433 433, mount_setattr 442 442, unshare 272 97, setns 308 268, init_module 175 105,
    finit_module 313 273, delete_module 176 106, kexec_load 246 104, kexec_file_load 320 294, reboot 169 142,
    swapon 167 224, swapoff 168 225, acct 163 89, syslog 103 116, quotactl 179 60, quotactl_fd 443 443,
    sethostname 170 161, setdomainname 171 162, settimeofday 164 170, clock_settime 227 112,
    clock_adjtime 305 266, adjtimex 159 171, iopl 172 -, ioperm 173 -, open_by_handle_at 304 265,
    name_to_handle_at 303 264, mknod 133 -, mknodat 259 33, chmod 90 -, fchmod 91 52, fchmodat 268 53, chown 92 -,
    fchown 93 55, lchown 94 -, fchownat 260 54, utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88,
    setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15,
    fremovexattr 199 16, fanotify_init 300 262, inotify_init 253 -, inotify_init1 294 26, mq_open 240 180,
    msgget 68 186, semget 64 190, shmget 29 194, shmat 30 196, setpriority 141 140, ioprio_set 251 30,
    migrate_pages 256 238, move_pages 279 239, setuid 105 146, setgid 106 144, setreuid 113 145, setregid 114 143,
    setresuid 117 147, setresgid 119 149, setgroups 116 159, setfsuid 122 151, setfsgid 123 152, capset 126 91
"""
"""Name, number on x86_64, on aarch64 (linux/asm/unistd_64.h, asm-generic/unistd.h); refused whatever the arguments.
What Landlock does not know: other processes, the network, the attributes of files, what outlives a process."""
_NETWORK = (
    "socket", "socketpair", "connect", "accept", "accept4", "bind", "listen", "sendmsg", "sendmmsg", "recvmsg",
    "recvmmsg",
)  # fmt: skip
"""A process on the network may do these, within what follows."""
_SOCKET, _PAIR = (41, 198), (53, 199)
_FAMILIES = (2, 10, 16)
"""AF_INET, AF_INET6, and AF_NETLINK, which tells what networks there are. Not AF_UNIX: a bus or a container's daemon
would do for it what it may not."""
_STREAMS = tuple(1 | flags for flags in (0, 0x800, 0x80000, 0x80800))
"""SOCK_STREAM, perhaps SOCK_NONBLOCK and SOCK_CLOEXEC: a pair of these reaches nobody else, one of datagrams might."""
_SECCOMP, _SET_FILTER, _AS_FAST = (317, 277), 1, 4
"""The third is SECCOMP_FILTER_FLAG_SPEC_ALLOW: without it Linux before 5.16 slows down whoever has a filter."""
_KILL, _SIGQUEUE, _TGKILL, _PRLIMIT = (62, 129), (129, 138), (234, 131), (302, 261)
_CLONE, _CLONE3, _PRCTL, _FCNTL, _IOCTL_CALL = (56, 220), (435, 435), (157, 167), (72, 25), (16, 29)
_CLONE_THREAD = 0x10000
_OWNERS = (8, 15, 10)
"""F_SETOWN, F_SETOWN_EX, F_SETSIG: with these a descriptor signals whomever it is told to."""
_TERMINALS = (0x5412, 0x541C, 0x8901, 0x8902)
"""TIOCSTI and TIOCLINUX, which type at a terminal; FIOSETOWN and SIOCSPGRP, as above."""

_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of classic BPF: load a word; jump if equal, at least, any bit; return."""
_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000
_REFUSE, _UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Where `struct seccomp_data` has them, an argument in 8 bytes, the lower half first."""


def program(machine: str, pid: int, *, network: bool = False) -> bytes:
    """The filter for process `pid`, in BPF. Every path through it ends at a return."""
    called, column = _MACHINES[machine]
    code = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, called), (_RETURN, 0, 0, _KILL_PROCESS)]
    code += [(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, 0, 1, _FIRST_UNKNOWN), (_RETURN, 0, 0, _UNKNOWN)]
    # The C library takes clone instead, whose flags are no pointer.
    code += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _UNKNOWN)]
    for row in _REFUSED.replace("\n", " ").split(","):
        name, *numbers = row.split()
        if numbers[column] != "-" and not (network and name in _NETWORK):
            code += [(_EQUAL, 0, 1, int(numbers[column])), (_RETURN, 0, 0, _REFUSE)]
    if network:
        code += _only_if(_SOCKET[column], 0, _FAMILIES)
        code += _only_if(_PAIR[column], 1, _STREAMS)
    for call in (_KILL, _SIGQUEUE, _TGKILL):
        code += _only_if(call[column], 0, (pid,))
    code += _only_if(_PRLIMIT[column], 0, (0, pid))
    code += _only_if(_CLONE[column], 0, (_CLONE_THREAD,), test=_BITS)
    code += _unless(_PRCTL[column], 0, (_PR_SET_PDEATHSIG,))
    code += _unless(_FCNTL[column], 1, _OWNERS)
    code += _unless(_IOCTL_CALL[column], 1, _TERMINALS)
    code += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *each) for each in code)


_Code = list[tuple[int, int, int, int]]


def _only_if(number: int, argument: int, values: tuple[int, ...], test: int = _EQUAL) -> _Code:
    """Whether a call may be made: its argument has to be one of these."""
    return _judged(number, argument, values, test, (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW))


def _unless(number: int, argument: int, values: tuple[int, ...]) -> _Code:
    return _judged(number, argument, values, _EQUAL, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE))


def _judged(
    number: int,
    argument: int,
    values: tuple[int, ...],
    test: int,
    otherwise: tuple[int, int, int, int],
    found: tuple[int, int, int, int],
) -> _Code:
    tests = [(test, len(values) - i, 0, value) for i, value in enumerate(values)]
    body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument), *tests, otherwise, found]
    return [(_EQUAL, 0, len(body), number), *body]


def _lock_calls(*, network: bool) -> None:
    code = program(platform.machine(), os.getpid(), network=network)
    held = ctypes.create_string_buffer(code, len(code))
    told = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    _no_new_privileges()
    number = _SECCOMP[_MACHINES[platform.machine()][1]]
    if _libc.syscall(number, _SET_FILTER, _AS_FAST, told) < 0:  # not allowed, or older than Linux 4.17
        _checked(_libc.prctl(_PR_SET_SECCOMP, 2, told, 0, 0))


def _no_new_privileges() -> None:
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
