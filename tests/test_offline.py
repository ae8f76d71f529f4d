"""Nothing leaves the device: shown from outside, by the system calls, and by taking the network away.

What made shorter proofs worthless: `CI=true` hides ONNX Runtime's telemetry and its first socket comes after
7-12 s, so the environment is clean and the process lives for a minute; audit hooks see no native code, hence
strace; a network namespace hides attempts, hence both. Without ORT_DISABLE_TELEMETRY a process with one
ONNX session (onnxruntime 1.32.0) gives 29 findings here within 25 s.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from edge_agent import build
from edge_agent.config import load

QUESTION = Path(__file__).parents[1] / "examples" / "question.wav"
STRACE = ["strace", "-f", "-q", "-y", "--seccomp-bpf", "-e", "trace=%network,%file"]
LIFE_S = 60
LINGER_S = 58
"""With the question (1.8 s) and its answer the process lives for more than LIFE_S."""


# --- reading the trace --------------------------------------------------------------------------------------


class Call(NamedTuple):
    name: str
    arguments: str
    """As strace prints them, for a call that never returned as far as they go."""


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
        yield from parsed(text)
    for text in begun.values():
        yield from parsed(text)


def parsed(text: str) -> Iterator[Call]:
    if call := re.match(r"(\w+)\((.*)", text):  # and not "+++ exited with 0 +++" or "--- SIGCHLD ... ---"
        yield Call(call[1], call[2])


def network(call: Call) -> bool:
    """Whether a call reaches for anything but a local socket that is no name service.

    AF_UNIX alone is allowed: a conversation with a file needs no loopback. AF_NETLINK is how getaddrinfo
    begins, and nscd and systemd-resolved answer for DNS behind a local socket.
    """
    families = set(re.findall(r"\b(?:AF|PF)_\w+", re.sub(r'"[^"]*"', "", call.arguments))) - {"AF_FDCWD"}
    asks_for_names = call.name in ("connect", "sendto", "sendmsg") and re.search(r"nscd|resolve", call.arguments)
    return bool(families - {"AF_UNIX", "AF_UNSPEC"}) or bool(asks_for_names)


CHANGES = re.compile(r"(mkdir|mknod|rename|link|symlink|unlink|rmdir|truncate|chmod|chown|utime|setxattr)")


def writes(call: Call, cwd: Path) -> Iterator[Path]:
    """The paths that a call creates, opens for writing or changes; also where it did not succeed."""
    opens = call.name in ("open", "openat", "openat2", "creat")
    if opens and not (call.name == "creat" or re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", call.arguments)):
        return
    if not opens and (not CHANGES.search(call.name) or call.name.startswith("readlink")):
        return
    folder = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>", call.arguments)
    for path in re.findall(r'"((?:[^"\\]|\\.)*)"', call.arguments):
        yield Path(os.path.normpath((folder[1] if folder else cwd) / Path(path)))


def findings(trace: Path, own: Path) -> list[Call]:
    """The calls that reach out or change a file outside of `own`, the working directory of the process.

    /dev/null is nowhere: Python and the engines send output there.
    """
    with trace.open(errors="replace") as lines:
        return [
            call
            for call in calls(lines)
            if network(call)
            or any(not path.is_relative_to(own) and path != Path("/dev/null") for path in writes(call, cwd=own))
        ]


RECORDED = """\
100 execve("/usr/bin/python3", ["python3"], 0x7ffd /* 3 vars */) = 0
100 openat(AT_FDCWD</own>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>
100 openat(AT_FDCWD</own>, "out.wav", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3</own/out.wav>
101 openat(AT_FDCWD</own>, "/dev/null", O_WRONLY|O_CLOEXEC) = 4</dev/null>
100 rename(".out.part", "out.wav")  = 0
100 readlink("/etc/localtime", 0x7ffe, 4095) = 33
101 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 5<socket:[77]>
101 socketpair(AF_UNIX, SOCK_STREAM, 0, [6<socket:[78]>, 7<socket:[79]>]) = 0
101 +++ exited with 0 +++
"""

OUTSIDE = [
    "7 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3<socket:[5]>",
    "7 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = -1 EAFNOSUPPORT (Address family not supported)",
    "7 socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3<socket:[5]>",
    '7 connect(3<socket:[5]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT',
    '7 connect(3<socket:[5]>, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}',
    '7 sendto(3<socket:[5]>, "x", 1, 0, {sa_family=AF_INET, sin_addr=inet_addr("192.0.2.1")}, 16) = 1',
    '7 openat(AT_FDCWD</own>, "/tmp/.ses", O_RDWR|O_CREAT, 0666) = 3</tmp/.ses>',
    '7 openat(AT_FDCWD</own>, "../id", O_WRONLY|O_CREAT, 0666) = 3</id>',
    '7 openat(5</home/ada/.cache>, "id", O_RDWR|O_CREAT, 0666) = 3</home/ada/.cache/id>',
    '7 openat(AT_FDCWD</own>, "/ro/id", O_WRONLY|O_CREAT, 0666) = -1 EROFS (Read-only file system)',
    '7 mkdir("/home/ada/.cache/Microsoft", 0777) = 0',
    '7 rename("out.wav", "/tmp/out.wav") = 0',
    '7 openat(AT_FDCWD</own>, "/tmp/x", O_WRONLY|O_CREAT, 0666 <unfinished ...>',
    "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP <unfinished ...>\n8 getpid() = 8\n7 <... socket resumed>) = 3",
]


def test_the_reader_lets_pass_what_is_local(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(RECORDED)
    assert findings(tmp_path / "log", Path("/own")) == []


@pytest.mark.parametrize("line", OUTSIDE)
def test_the_reader_finds_what_is_not(line: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"{RECORDED}{line}\n")
    assert len(findings(tmp_path / "log", Path("/own"))) == 1


# --- real processes -----------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The only place where the process may write."""
    for tool in ("strace", "unshare", "ip"):
        assert shutil.which(tool), f"{tool} is missing: scripts/test installs it"
    place = tmp_path.resolve() / "own"
    (place / "home").mkdir(parents=True)
    return place


def clean(own: Path, **more: str) -> dict[str, str]:
    """Nothing of the caller's, CI above all. Python's bytecode beside its source is not what is tested."""
    return {"PATH": os.environ["PATH"], "HOME": str(own / "home"), "PYTHONDONTWRITEBYTECODE": "1", **more}


def traced(own: Path, command: list[str], **environment: str) -> list[Call]:
    log = own.parent / "strace.log"
    subprocess.run([*STRACE, "-o", str(log), *command], cwd=own, env=clean(own, **environment), timeout=300, check=True)
    return findings(log, own)


REACHES_OUT = """
import socket, subprocess, sys, threading
def work():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))
thread = threading.Thread(target=work); thread.start(); thread.join()
subprocess.run([sys.executable, "-c", "open('../elsewhere', 'w')"], check=True)
open("inside", "w").write("x")
"""


def test_a_thread_that_sends_and_a_child_that_writes_are_found(own: Path) -> None:
    found = traced(own, [sys.executable, "-c", REACHES_OUT])
    assert {"socket", "connect"} <= {call.name for call in found}
    assert any("elsewhere" in call.arguments for call in found)
    assert not any("inside" in call.arguments for call in found)


@pytest.fixture
def models(own: Path) -> str:
    """A folder within `own` that links to the models of the tiny profile, wherever they are installed.

    What the store notes beside a model (.verified.json) thus counts as written within `own`.
    """
    folder = own / "models"
    folder.mkdir()
    for model in build.choose(load({"models": {"profile": "tiny"}})).all():
        (folder / model.name).symlink_to(model.path)
    return str(folder)


def talk(linger_s: float) -> list[str]:
    words = f"--profile tiny --output out.wav --events events.jsonl --linger {linger_s} --input"
    return [sys.executable, "-m", "edge_agent", "talk", *words.split(), str(QUESTION)]


def assert_answered(own: Path) -> None:
    events = [json.loads(line) for line in (own / "events.jsonl").read_text("utf-8").splitlines()]
    heard = " ".join(event["text"] for event in events if event["type"] == "heard")
    assert "Brooklyn" in heard
    assert [event for event in events if event["type"] == "saying"]
    assert (own / "out.wav").stat().st_size > 44


@pytest.mark.model
def test_a_whole_conversation_opens_no_socket_and_writes_nowhere_else(own: Path, models: str) -> None:
    started = time.monotonic()
    found = traced(own, talk(LINGER_S), EDGE_AGENT_MODELS__DIR=models)
    assert time.monotonic() - started >= LIFE_S
    assert_answered(own)
    assert found == []
    assert list((own / "home").rglob("*")) == []


@pytest.mark.model
def test_a_conversation_without_network_and_with_a_cold_home(own: Path, models: str) -> None:
    offline = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    unreachable = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    control = subprocess.run([*offline, sys.executable, "-c", unreachable], capture_output=True, check=False)
    assert b"Network is unreachable" in control.stderr
    environment = clean(own, EDGE_AGENT_MODELS__DIR=models)
    subprocess.run([*offline, *talk(2)], cwd=own, env=environment, timeout=300, check=True)
    assert_answered(own)
