"""The attacks of `tests.rigs.hostile` reach the server, which bears them; and how their figures are judged."""

from __future__ import annotations

import subprocess
import sys

import pytest
from loopback import Running, running
from tiers import fast_first

from edge_agent.serve.guard import Rules
from tests.rigs.hostile import attacks
from tests.rigs.hostile.beside import is_held, summary


def connections(server: Running) -> int:
    lines = server.ask("GET", "/metrics").body.decode().splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("edge_agent_connections "))


@pytest.mark.parametrize("name", fast_first(list(attacks.ATTACKS), 2))
def test_each_attack_arrives_and_others_are_served_meanwhile(name: str) -> None:
    with running(Rules(upload_s=0.3, write_s=0.2)) as server:
        command = [sys.executable, "-m", "tests.rigs.hostile.attacks", name, str(server.port)]
        with subprocess.Popen(command) as hostile:
            try:
                while connections(server) < 2:
                    assert hostile.poll() is None
                assert server.ask("GET", "/health").status == 200
            finally:
                hostile.kill()


def turn(v2v_s: float | None) -> dict[str, object]:
    return {"v2v_s": v2v_s}


def test_what_a_good_client_notices() -> None:
    found = summary([turn(1.0)] * 3, [turn(1.1), turn(None), turn(1.3), turn(1.1)])
    assert (found["turns"], found["dropped"]) == (4, 1)
    assert found["later"] == pytest.approx(1.1)


def test_the_bars_are_all_of_them() -> None:
    good = {"grown_mb": 60.0, "later": 1.1, "dropped": 0, "left_open": 0}
    assert is_held(good)
    for worse in ({"grown_mb": 65.0}, {"later": 1.3}, {"later": None}, {"dropped": 1}, {"left_open": 1}):
        assert not is_held(good | worse)
