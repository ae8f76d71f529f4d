"""Tier R of the soak, cut short: the real models in their workers, two of which are killed in the first few turns."""

import json

import pytest

from tests.rigs.soak.__main__ import main

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize(("turns", "kills"), [("8", "2"), ("200", "0")])
def test_no_turn_is_lost(turns, kills, capsys):
    code = main(["--tier", "real", "--turns", turns, "--kill", kills, "--seed", "3", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["examples"] == []
    assert sum(found["killed"].values()) == int(kills)
    assert [bar["name"] for bar in found["bars"] if not bar["passed"]] == []
    assert code == 0
