"""What a crash leaves of the memory of a process: nothing, wherever the machine sends its cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOOK = "print(open('/proc/self/limits').read(), open('/proc/self/coredump_filter').read())"
FREE = "import resource as r; r.setrlimit(r.RLIMIT_CORE, (r.getrlimit(r.RLIMIT_CORE)[1],) * 2)"
"""As much as may be, as in the shell of somebody who collects cores."""


def ran(code: str, *, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
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
