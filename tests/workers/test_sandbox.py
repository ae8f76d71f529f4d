"""A worker whose model has taken it over: what it tries is refused, and the agent goes on."""

from __future__ import annotations

import errno
import os
import platform
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge_agent.doctor.finding import Doubt
from edge_agent.doctor.machine import sandboxes
from edge_agent.errors import ConfigError, ModelError
from edge_agent.settings import Settings
from edge_agent.state import stamp
from edge_agent.workers import process, sandbox
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

HOSTILE = [sys.executable, str(Path(__file__).with_name("hostile_engine.py"))]
REFUSED = {errno.EACCES, errno.EPERM, errno.ENOSYS}
THERE = sandbox.locks()
needs_locks = pytest.mark.skipif(THERE.landlock == 0 or not THERE.filter, reason="this kernel has no such locks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With a model, a home with a key in it, and a bus that listens."""
    place = tmp_path_factory.mktemp("sandbox")
    (place / "models").mkdir()
    (place / "models" / "voice.onnx").write_bytes(b"weights")
    (place / "models" / "voice.onnx.json").write_bytes(b"{}")
    (place / ".ssh").mkdir()
    (place / ".ssh" / "id_ed25519").write_text("a key")
    with closing(socket.socket(socket.AF_UNIX)) as bus:
        bus.bind(str(place / "bus"))
        bus.listen()
        yield place


def hostile(folder: Path, *, locked: bool, card: bool = False) -> Worker:
    """`card`: it is on a GPU, whose device is /dev/full."""
    told = {"path": str(folder / "models" / "voice.onnx"), "locked": locked, "card": card}
    return Worker("tts", told, Bounds(20.0, 512), command=HOSTILE)


@pytest.fixture(scope="module")
def locked(folder: Path) -> Iterator[Worker]:
    worker = hostile(folder, locked=True)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def free(folder: Path) -> Iterator[Worker]:
    worker = hostile(folder, locked=False)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def victim() -> Iterator[int]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


FILES = {
    "read": ".ssh/id_ed25519", "list": ".ssh", "write": "models/voice.onnx", "make": "models/voice.onnx",
    "remove": "models/voice.onnx", "truncate": "models/voice.onnx", "chmod": "models/voice.onnx",
    "touch": "models/voice.onnx", "link": "models/voice.onnx", "unix": "bus", "mount": ".ssh/id_ed25519",
}  # fmt: skip
OF_PROCESSES = ("kill", "tgkill", "pidfd", "owner", "limits", "ptrace", "memory", "environment")
OTHERS = (
    "internet", "datagram", "netlink", "pair", "descriptor", "fork", "clone", "clone3", "exec", "kill all",
    "io_uring", "unshare", "outlive", "unknown",
)  # fmt: skip
WOULD_DO = ("read", "list", "write", "internet", "unix", "fork", "clone3", "kill", "owner", "environment")
"""Of these a test can show, anywhere and without harm, that nothing but the sandbox refuses them."""


def at(attempt: str, folder: Path, port: int, pid: int) -> str | int:
    if attempt in FILES:
        return str(folder / FILES[attempt])
    if attempt == "exec":
        return "/bin/true"
    return pid if attempt in OF_PROCESSES else port


@needs_locks
@pytest.mark.parametrize("attempt", [*FILES, *OF_PROCESSES, *OTHERS])
def test_what_a_hostile_model_tries_is_refused(
    attempt: str, locked: Worker, folder: Path, port: int, victim: int
) -> None:
    before = locked.supervisor.ready().pid
    for pid in (victim, os.getpid()) if attempt in OF_PROCESSES else (0,):
        assert locked.call(attempt, {"at": at(attempt, folder, port, pid)}).fields["value"] in REFUSED
    assert locked.call("works", {}).fields["value"] == 1
    assert locked.pid == before
    assert (folder / "models" / "voice.onnx").read_bytes() in (b"weights", b"weightsx")


@pytest.mark.parametrize("attempt", WOULD_DO)
def test_and_by_nothing_else(attempt: str, free: Worker, folder: Path, port: int, victim: int) -> None:
    assert free.call(attempt, {"at": at(attempt, folder, port, victim)}).fields["value"] == "done"


@needs_locks
def test_it_reads_its_model_and_what_belongs_to_it(locked: Worker, folder: Path) -> None:
    for name in ("voice.onnx", "voice.onnx.json"):
        assert locked.call("read", {"at": str(folder / "models" / name)}).fields["value"] == "done"
    assert locked.call("list", {"at": str(folder / "models")}).fields["value"] in REFUSED


@needs_locks
def test_who_is_on_a_gpu_has_its_device_and_no_more(locked: Worker, folder: Path, port: int) -> None:
    assert locked.call("write", {"at": "/dev/full"}).fields["value"] in REFUSED
    worker = hostile(folder, locked=True, card=True)
    try:
        assert worker.call("write", {"at": "/dev/full"}).fields["value"] == errno.ENOSPC, "it was opened"
        assert worker.call("read", {"at": "/proc/sys/kernel/osrelease"}).fields["value"] == "done"
        for attempt in ("read", "write", "unix", "internet", "fork", "exec", "environment"):
            place = os.getppid() if attempt == "environment" else at(attempt, folder, port, 0)
            assert worker.call(attempt, {"at": place}).fields["value"] in REFUSED, attempt
    finally:
        worker.close()


@needs_locks
def test_another_takes_its_place_as_before(folder: Path) -> None:
    worker = hostile(folder, locked=True)
    try:
        first = worker.supervisor.ready()
        first.kill()
        worker.supervisor.bury(first)
        assert worker.call("works", {}).fields["value"] == 1
        assert worker.call("fork", {"at": 0}).fields["value"] in REFUSED
    finally:
        worker.close()


def test_a_library_that_starts_a_thread_before_it_is_named_and_what_to_do_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    (tmp_path / "sitecustomize.py").write_text(starts)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = {"settings": {"engines": {"sandbox": True}}, "path": str(tmp_path), "files": [], "card": False}
    with closing(Worker("tts", told, Bounds(20.0, 512))) as worker, pytest.raises(ConfigError) as raised:
        worker.facts()
    assert raised.value.args[0].startswith("The sandbox cannot hold threads that came before it, and a library that")
    assert "has started python" in raised.value.args[0]
    assert raised.value.fix == "edge-agent config set engines.sandbox false"


def test_nothing_heavy_is_imported_before_it() -> None:
    """numpy starts threads, which Landlock would not hold."""
    code = "import sys, edge_agent.workers.process; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the model is what was checked --------------------------------------------------------------------------------


def test_a_model_that_is_changed_between_its_check_and_its_use_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "voice.onnx"
    model.write_bytes(b"checked")
    told = {"settings": {"engines": {"sandbox": False}}, "path": str(model), "stamps": {str(model): stamp(model)}}
    monkeypatch.setattr("edge_agent.workers.serving.load", lambda *_: ("engine", {}))
    assert process._load("tts", told) == ("engine", {})
    monkeypatch.setattr("edge_agent.workers.serving.load", lambda *_: model.write_bytes(b"other"))
    with pytest.raises(ModelError, match=r"voice\.onnx was changed"):
        process._load("tts", told)


# --- the filter, for machines that are not here -----------------------------------------------------------------

ALLOW, KILL = 0x7FFF0000, 0x80000000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def verdict(code: bytes, machine: int, number: int, *arguments: int) -> int:
    """What the kernel would make of a call: the instructions, carried out."""
    data = struct.pack("=IIQ6Q", number, machine, 0, *(arguments + (0,) * 6)[:6])
    steps = list(struct.iter_unpack("=HBBI", code))
    at, held = 0, 0
    while True:
        kind, yes, no, value = steps[at]
        at += 1
        if kind == 0x06:
            return value
        if kind == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        else:
            at += yes if {0x15: held == value, 0x35: held >= value, 0x45: held & value}[kind] else no


NUMBERS = {
    "read": (0, 63), "write": (1, 64), "mmap": (9, 222), "futex": (202, 98), "openat": (257, 56), "sendto": (44, 206),
    "recvfrom": (45, 207), "exit_group": (231, 94), "sched_setaffinity": (203, 122), "madvise": (28, 233),
    "socket": (41, 198), "connect": (42, 203), "execve": (59, 221), "execveat": (322, 281),
    "io_uring_setup": (425, 425),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "mount": (165, 40), "bpf": (321, 280), "sendmsg": (46, 211),
}  # fmt: skip
NEEDED = (
    "read",
    "write",
    "mmap",
    "futex",
    "openat",
    "sendto",
    "recvfrom",
    "exit_group",
    "sched_setaffinity",
    "madvise",
)


@pytest.mark.parametrize(("column", "name"), [*enumerate(MACHINES)])
def test_each_machine_has_its_numbers(column: int, name: str) -> None:
    code, machine = sandbox.program(name, 77), MACHINES[name]
    for call, numbers in NUMBERS.items():
        assert (verdict(code, machine, numbers[column]) == ALLOW) == (call in NEEDED), call
    kill, clone, prctl = (62, 129)[column], (56, 220)[column], (157, 167)[column]
    assert verdict(code, machine, kill, 77, 6) == ALLOW
    assert verdict(code, machine, kill, 76, 9) != ALLOW
    assert verdict(code, machine, kill, 0xFFFFFFFF, 9) != ALLOW
    assert verdict(code, machine, clone, 0x3D0F00) == ALLOW  # pthread_create's flags
    assert verdict(code, machine, clone, 0x11) != ALLOW
    assert verdict(code, machine, prctl, 15) == ALLOW  # PR_SET_NAME
    assert verdict(code, machine, prctl, 1) != ALLOW
    assert verdict(code, machine, 451) == 0x00050000 | errno.ENOSYS
    assert verdict(code, machine, 0x40000000 | 41) == 0x00050000 | errno.ENOSYS
    assert verdict(code, MACHINES["x86_64" if column else "aarch64"], 0) == KILL
    assert verdict(code, 0x40000003, 3) == KILL  # i386


# --- what is said of it -----------------------------------------------------------------------------------------


def test_doctor_tells_what_there_is() -> None:
    own = Settings()
    assert "Landlock 7" in sandboxes(own, sandbox.Locks(7, filter=True))
    for lacking, missing in ((sandbox.Locks(0, filter=True), "Landlock"), (sandbox.Locks(3, filter=False), "seccomp")):
        with pytest.raises(Doubt, match=missing):
            sandboxes(own, lacking)
    for off in ({"sandbox": False}, {"isolation": "thread"}):
        with pytest.raises(Doubt, match=r"engines\."):
            sandboxes(Settings.model_validate({"engines": off}), sandbox.Locks(7, filter=True))


def test_this_machine_is_one_of_those() -> None:
    assert platform.machine() in MACHINES
