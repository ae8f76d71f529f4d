"""The conformance suite against the server with real models, as a person would run it: every scenario, or a few."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]

A_FEW = ("spoken-turn", "function-call")


def test_every_scenario_is_shown_and_passes(real_server: str, everything: bool) -> None:
    url = "ws" + real_server.removeprefix("http") + "/realtime"
    command = [sys.executable, "-m", "tests.rigs.conformance", "--url", url, "--patience", "30", "--json"]
    command += [] if everything else [word for name in A_FEW for word in ("--only", name)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    outcomes = {each["scenario"]: (each["outcome"], each["reason"]) for each in json.loads(run.stdout)}
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] != "pass"} == {}
    assert len(outcomes) >= (60 if everything else len(A_FEW))
    assert run.returncode == 0
