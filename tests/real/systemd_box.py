"""A real systemd as PID 1 of namespaces of its own, without a network but loopback, on a copy of this machine's files.

All of it is gone with its process; nothing outside is written to. Needs root, Linux namespaces and cgroup v2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import control_groups
import pytest

CHECKOUT = Path(__file__).parents[2]
SYSTEMD = Path("/lib/systemd/systemd")
BOOT = Path(__file__).with_name("boot_systemd.sh")
BOOT_S = 10
COMMAND_S = 60
NAMESPACES = ("--mount", "--pid", "--net", "--uts", "--ipc")
TOOLS = ("unshare", "nsenter", "setpriv", "findmnt", "pivot_root", "ip", "systemctl", "journalctl")
UNIT = "edge-agent.service"


class Box:
    """A machine that has booted. `pid` is its PID 1, as seen from outside."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.python = sys.executable
        self.root = Path(f"/proc/{pid}/root")
        self.written = self.root / "run/box/upper"
        """The files that the box and its services have made or changed, by their paths."""

    def run(self, *words: str, ok: bool = True, **environment: str) -> str:
        """What a command in the box has said. Without `ok` it may fail. Raises AssertionError."""
        with self.popen(*words, **environment) as process:
            try:
                said = process.communicate(timeout=COMMAND_S)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f"{' '.join(words)} takes longer than {COMMAND_S} s") from None
        assert process.returncode == 0 or not ok, f"{' '.join(words)} ended with {process.returncode}:\n{said}"
        return said

    def popen(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        enter = ["nsenter", f"--target={self.pid}", *NAMESPACES, "--cgroup"]
        return subprocess.Popen(
            [*enter, *words],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def edge_agent(self, *words: str, ok: bool = True, **environment: str) -> str:
        return self.run(self.python, "-P", "-m", "edge_agent", *words, ok=ok, **environment)

    def move(self, place: str) -> None:
        """The checkout lies at `place` from now on, environment included, and no longer where it was."""
        [path_file] = Path(sysconfig.get_path("purelib")).glob("_editable_impl_edge_agent.pth")
        (self.root / "run/here.pth").write_text(place)
        self.run("mkdir", "-p", place)
        self.run("mount", "--bind", "--make-private", str(CHECKOUT), place)  # else what hides the one hides both
        self.run("mount", "--bind", "/run/here.pth", f"{place}/{path_file.relative_to(CHECKOUT)}")
        self.run("mount", "-t", "tmpfs", "tmpfs", str(CHECKOUT))
        self.python = f"{place}/{Path(sys.executable).relative_to(CHECKOUT)}"

    def systemctl(self, *words: str, ok: bool = True) -> str:
        return self.run("systemctl", *words, ok=ok)

    def show(self, name: str) -> str:
        """A property of our unit, as `systemctl show` has it."""
        return self.systemctl("show", f"--property={name}", "--value", UNIT).strip()

    def drop_in(self, text: str) -> None:
        """Change the installed unit; counts from the next start on."""
        folder = self.root / "etc/systemd/system" / f"{UNIT}.d"
        folder.mkdir(exist_ok=True)
        (folder / "test.conf").write_text(f"[Service]\n{text}\n")
        self.systemctl("daemon-reload")

    def user_manager(self) -> dict[str, str]:
        """Start `systemd --user`, of root, who can surely read the program. The environment of his commands."""
        home = os.path.expanduser("~root")
        environment = {
            "XDG_RUNTIME_DIR": "/run/user/0",
            "SYSTEMD_UNIT_PATH": f"{home}/.config/systemd/user:/run/box/units",
            "XDG_CONFIG_HOME": f"{home}/.config",
        }
        self.run("mkdir", "-p", "/run/user/0")
        given = [f"--setenv={name}={value}" for name, value in {**environment, "HOME": home}.items()]
        manager = ["--unit=user@0", "--slice=user-0.slice", "--property=Type=notify", "--property=Delegate=yes", *given]
        self.run("systemd-run", *manager, str(SYSTEMD), "--user", "--unit=basic.target")
        return environment

    def processes(self) -> dict[str, int]:
        """Those of our unit by what they are (`talk`, `asr`, ...): their PIDs, as seen from outside."""
        group = self.root / "sys/fs/cgroup/system.slice" / UNIT / "cgroup.procs"
        found = {}
        for pid in map(int, group.read_text().split()):
            with suppress(OSError, ValueError, IndexError):
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                found[words[words.index("-m") + 2]] = pid
        return found


def until(happened: Callable[[], bool], what: str, *, within_s: float) -> float:
    """Look ten times a second. How long it took (s). Raises AssertionError."""
    begun = time.monotonic()
    while not happened():
        assert time.monotonic() - begun < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


@contextmanager
def booted() -> Iterator[Box]:
    """Skips the test where no such machine can be booted, and says why."""
    hierarchy = _hierarchy()
    for left in hierarchy.glob("edge-agent-box-*"):  # by a test that was killed
        if not Path("/proc", left.name.split("-")[3]).exists():
            control_groups.remove(left)
    group = hierarchy / f"edge-agent-box-{os.getpid()}-{time.monotonic_ns()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no systemd can be booted here: {error}")
    command = ["setpriv", "--pdeathsig=KILL", "unshare", *NAMESPACES, "--fork"]
    command += ["--mount-proc", "--kill-child", "bash", str(BOOT), str(group)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield Box(_wait_for_boot(process))
        finally:
            process.kill()
            process.wait()
            control_groups.remove(group)


def _hierarchy() -> Path:
    """Where cgroup v2 is mounted. Skips where something is missing."""
    if os.geteuid() != 0 or not SYSTEMD.exists():
        pytest.skip("no systemd can be booted here: it needs root and the package systemd")
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        pytest.skip(f"no systemd can be booted here: no {', '.join(missing)}")
    return control_groups.mounted("cgroup2") or pytest.skip("no systemd can be booted here: no cgroup v2")


def _wait_for_boot(process: subprocess.Popen[str]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    begun = time.monotonic()
    while time.monotonic() - begun < BOOT_S and process.poll() is None:
        if pids := children.read_text().split():
            pid = int(pids[0])
            if Path(f"/proc/{pid}/comm").read_text() == "systemd\n" and _answers(Box(pid)):
                return pid
        time.sleep(0.1)
    process.kill()
    assert process.stdout
    pytest.skip(f"no systemd can be booted here: {process.stdout.read()[-1000:]}")


def _answers(box: Box) -> bool:
    return box.systemctl("is-system-running", "--wait", ok=False).strip() in ("running", "degraded")
