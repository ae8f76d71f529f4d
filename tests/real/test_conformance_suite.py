"""The conformance suite against the server with real models, as a person would run it: every scenario, or a few."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]

SOCKETS_ONLY = {"subprotocol", "g711", "format-between-answers", "large-append"}
A_FEW = ("spoken-turn", "function-call")


def played(url: str, *flags: str) -> dict[str, tuple[str, str]]:
    """Name of a scenario -> what came of it, and why."""
    command = [sys.executable, "-m", "tests.rigs.conformance", "--url", url, "--patience", "30", "--json"]
    run = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    return {each["scenario"]: (each["outcome"], each["reason"]) for each in json.loads(run.stdout)}


def test_every_scenario_is_shown_and_passes(real_server: str, everything: bool) -> None:
    few = [] if everything else [word for name in A_FEW for word in ("--only", name)]
    outcomes = played("ws" + real_server.removeprefix("http") + "/realtime", *few)
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] != "pass"} == {}
    assert len(outcomes) >= (60 if everything else len(A_FEW))


@pytest.mark.slow
def test_every_scenario_passes_over_webrtc_or_has_no_place_there(real_server: str) -> None:
    outcomes = played(f"{real_server}/realtime/calls", "--dialect", "ga")
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] == "fail"} == {}
    assert {name for name, outcome in outcomes.items() if outcome[0] == "not shown"} <= SOCKETS_ONLY
    assert len(outcomes) >= 55
