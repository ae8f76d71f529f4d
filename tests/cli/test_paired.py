"""`edge-agent devices pair | paired | forget`: what a server and its owner share by way of the state directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.cli import open as open_
from edge_agent.doors.house import authority, one_time_keys, paired_devices
from edge_agent.errors import InputError, ServeError
from edge_agent.serve.lan import networks

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(networks, "named_addresses", lambda: [("eth0", "192.168.1.5")])
    monkeypatch.setattr(open_, "answers", lambda address: address == "https://192.168.1.5:8765/")
    return tmp_path


def devices(*words: str) -> Any:
    return CliRunner().invoke(app, ["devices", *words])


def test_a_key_is_shown_that_the_server_takes(state: Path) -> None:
    authority(state)
    told = devices("pair").output
    (line,) = [line for line in told.splitlines() if "with the key:" in line]
    assert one_time_keys(state).redeem(line.split()[3])


def test_before_the_server_has_run_and_while_it_does_not_it_is_named(state: Path) -> None:
    for ready in (lambda: None, lambda: authority(state)):
        ready()
        failed = devices("pair", "--set", "serve.port=8000").exception
        assert isinstance(failed, ServeError)
        assert failed.fix == "edge-agent serve --lan"
    assert not (state / "lan" / "keys").exists()


def test_devices_are_listed_and_thrown_out_by_name(state: Path) -> None:
    assert devices("paired").output == "No device is paired.\n"
    assert json.loads(devices("paired", "--json").output) == []
    kept = paired_devices(state)
    _, credential = kept.add(PHONE)
    kept.add(PHONE)
    told = json.loads(devices("paired", "--json").output)
    assert [each["name"] for each in told] == ["iphone-safari", "iphone-safari-2"]
    assert told[0].keys() == {"name", "browser", "paired", "seen", "id"}
    assert credential not in json.dumps(told)
    assert devices("paired").output.splitlines()[1].startswith("iphone-safari-2  paired 20")
    assert devices("forget", "iphone-safari").output == "Forgot iphone-safari.\n"
    assert kept.id_of(credential) is None
    assert [device.name for device in kept.all()] == ["iphone-safari-2"]


def test_a_device_that_is_not_paired_cannot_be_thrown_out() -> None:
    failed = devices("forget", "nobody").exception
    assert isinstance(failed, InputError)
    assert failed.fix == "edge-agent devices paired"
