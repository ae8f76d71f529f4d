"""What others get of the memory of a process: nothing, when it crashes and while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from edge_agent.cores import TRACEABLE

PRY = """
import ctypes, os
from edge_agent import cores
def look(what):
    try:
        print(what, open(f"/proc/{os.getppid()}/environ", "rb").read(1) and "read", flush=True)
    except PermissionError:
        print(what, "refused", flush=True)
def another(what):
    pid = os.fork()
    if pid == 0:
        look(what)
        os._exit(0)
    os.waitpid(pid, 0)
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())  # of root's rights none
another("before")
cores.hide()
another("hidden")
"""
LOOK = "print(open('/proc/self/limits').read(), open('/proc/self/coredump_filter').read())"
FREE = "import resource as r; r.setrlimit(r.RLIMIT_CORE, (r.getrlimit(r.RLIMIT_CORE)[1],) * 2)"
"""As much as may be, as in the shell of somebody who collects cores."""


def ran(code: str, *, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), TRACEABLE: "", **variables}
    command = [sys.executable, "-c", f"{FREE}\n{code}"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def figures(text: str) -> tuple[list[str], int]:
    """The soft and the hard limit, and the filter."""
    limit = next(line for line in text.splitlines() if line.startswith("Max core"))
    return limit.split()[4:6], int(text.split()[-1], 16)


def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    crashed = ran("from edge_agent import cores; cores.leave_none(); import os; os.abort()", folder=tmp_path)
    assert crashed.returncode < 0
    assert not os.listdir(tmp_path)


def test_it_holds_for_all_that_is_started(tmp_path: Path) -> None:
    started = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LOOK!r}])"
    seen = ran(f"from edge_agent import cores; cores.leave_none(); {started}", folder=tmp_path)
    assert figures(seen.stdout) == (["1", "1"], 0)


def test_a_limit_that_is_lower_is_kept(tmp_path: Path) -> None:
    lower = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
    seen = ran(f"{lower}; from edge_agent import cores; cores.leave_none(); {LOOK}", folder=tmp_path)
    assert figures(seen.stdout) == (["0", "0"], 0)


def test_the_program_itself_leaves_none(tmp_path: Path) -> None:
    """With the very `main`: what its command sees."""
    code = f"""
import sys
import edge_agent.__main__ as program
program._run = lambda: exec({LOOK!r})
sys.argv = ["edge-agent"]
program.main()
"""
    assert figures(ran(code, folder=tmp_path).stdout) == (["1", "1"], 0)


def test_no_other_process_of_the_user_reads_it(tmp_path: Path) -> None:
    assert ran(PRY, folder=tmp_path).stdout.splitlines() == ["before read", "hidden refused"]


def test_who_wants_to_trace_it_may_say_so(tmp_path: Path) -> None:
    assert ran(PRY, folder=tmp_path, **{TRACEABLE: "1"}).stdout.splitlines() == ["before read", "hidden read"]


def test_the_program_and_its_devices_hide(tmp_path: Path) -> None:
    dumpable = "__import__('ctypes').CDLL(None).prctl(3, 0, 0, 0, 0)"
    program = f"""
import sys
import edge_agent.__main__ as program
from edge_agent.lines import device_process
from unittest import mock
program._run = lambda: print({dumpable})
sys.argv = ["edge-agent"]
program.main()
__import__("ctypes").CDLL(None).prctl(4, 1, 0, 0, 0)
with mock.patch.multiple(device_process, open_stream=lambda *_: print({dumpable}, flush=True) or sys.exit()):
    device_process.main("input", [])
"""
    assert ran(program, folder=tmp_path).stdout.split() == ["0", "0"]
