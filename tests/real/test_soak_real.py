"""Tier R of the soak, cut short: the real models in their workers, two of which are killed."""

import json

import pytest

from edge_agent.soak.__main__ import main

pytestmark = [pytest.mark.model, pytest.mark.timeout(150)]


def test_no_turn_is_lost_when_workers_are_killed(capsys):
    code = main(["--tier", "real", "--turns", "8", "--kill", "2", "--seed", "3", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["examples"] == []
    assert sum(found["killed"].values()) == 2
    assert [bar["name"] for bar in found["bars"] if not bar["passed"]] == []
    assert code == 0
