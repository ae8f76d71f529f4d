"""The SIP process is locked in: it is on the network, and nowhere else."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from workers.test_sandbox import ALLOW, MACHINES, needs_locks, verdict

from edge_agent.workers import sandbox

REFUSED = {errno.EACCES, errno.EPERM, errno.ENOSYS}
TESTS = Path(__file__).parents[1]


@needs_locks
def test_what_has_taken_over_the_sip_process_does_not_get_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a password")
    with (
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as bus,
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(["sleep", "600"]) as victim,
    ):
        bus.bind(str(tmp_path / "bus"))
        program = Path(__file__).with_name("hostile_phone.py")
        words = [sys.executable, str(program), str(server.getsockname()[1]), str(tmp_path), str(victim.pid)]
        environment = {**os.environ, "PYTHONPATH": f"{TESTS.parent}:{TESTS}", "OPENBLAS_NUM_THREADS": "1"}
        (tmp_path / "own").mkdir()
        environment["TMPDIR"] = str(tmp_path / "own")
        try:
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        finally:
            victim.kill()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name: came for name, came in told["found"].items() if came not in REFUSED} == {}
    assert len(told["found"]) == 31
    assert set(told["needed"].values()) == {"done"}, told["needed"]
    assert (tmp_path / "secret").read_text() == "a password"


@pytest.mark.parametrize(("column", "name"), [*enumerate(MACHINES)])
def test_each_machine_has_its_numbers(column: int, name: str) -> None:
    code, machine = sandbox.program(name, 77, network=True), MACHINES[name]
    sockets, pairs, sends, runs = (41, 198)[column], (53, 199)[column], (46, 211)[column], (59, 221)[column]
    allowed = {family for family in range(64) if verdict(code, machine, sockets, family) == ALLOW}
    assert allowed == {socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    assert verdict(code, machine, pairs, 1, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) == ALLOW
    assert verdict(code, machine, pairs, 1, socket.SOCK_DGRAM) != ALLOW
    assert verdict(code, machine, sends) == ALLOW
    assert verdict(code, machine, runs) != ALLOW
    assert verdict(sandbox.program(name, 77), machine, sockets, socket.AF_INET) != ALLOW
