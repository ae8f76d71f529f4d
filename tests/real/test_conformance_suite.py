"""The conformance suite against the server with real models: every scenario, as a person would run it."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]


def test_every_scenario_is_shown_and_passes(real_server: str) -> None:
    url = "ws" + real_server.removeprefix("http") + "/realtime"
    command = [sys.executable, "-m", "tests.rigs.conformance", "--url", url, "--patience", "30", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    outcomes = {each["scenario"]: (each["outcome"], each["reason"]) for each in json.loads(run.stdout)}
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] != "pass"} == {}
    assert len(outcomes) >= 60
    assert run.returncode == 0
