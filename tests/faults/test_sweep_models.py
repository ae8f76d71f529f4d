"""The fault sweep of `edge-agent models`: whatever fails, no bytes are taken for a model that are not its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_models import FILES, copying, hub_process, manifest_text, write_wheels
from seams import SEAMS
from sweeping import Scenario, sweep

from edge_agent.errors import ModelError
from edge_agent.store import Store, check, index, store
from edge_agent.store.manifest import load_manifest
from edge_agent.store.partial import FOLDER

WAYS = (False, True) if "EDGE_AGENT_TEST_LASTING" in os.environ else (False,)
"""Faults that last take as long again: minutes."""
EAR, GATE = "ear", "gate"
PULL = ("models", "pull", EAR, "--source", "hub", "--dir", "models")
PULL_A_WHEEL = ("models", "pull", GATE, "--source", "index", "--dir", "models")
VERIFY = ("models", "verify", EAR, "--dir", "models")
REMOVE = ("models", "rm", EAR, "--dir", "models")


def whole_or_refused(home: Path, name: str) -> bool:
    """Whether the model is given out; it is then the right one."""
    models = Store([home / "models"])
    try:
        model = models.resolve(name, models.manifest.find(name).role)
    except ModelError:
        return False
    assert {file: path.read_bytes() for file, path in model.files.items()} == FILES[name]
    return True


def pulled(home: Path, done: bool) -> None:
    assert whole_or_refused(home, EAR) or not done


def wheel_pulled(home: Path, done: bool) -> None:
    assert whole_or_refused(home, GATE) or not done


def never_wrong(home: Path, done: bool) -> None:
    whole_or_refused(home, EAR)


def with_model(home: Path) -> None:
    folder = home / "models" / EAR
    folder.mkdir(parents=True)
    for name, data in FILES[EAR].items():
        (folder / name).write_bytes(data)


def with_damage(home: Path) -> None:
    """One file is cut short, one is missing, and of another try there is a beginning that is wrong."""
    (home / "models" / EAR / FOLDER).mkdir(parents=True)
    (home / "models" / EAR / "model.bin").write_bytes(b"short")
    (home / "models" / EAR / FOLDER / "model.bin").write_bytes(b"rubbish")


SCENARIOS = [
    Scenario("pull", PULL, pulled, before=with_damage),
    Scenario("pull from the index", PULL_A_WHEEL, wheel_pulled),
    Scenario("verify", VERIFY, pulled, before=with_model),
    Scenario("rm", REMOVE, never_wrong, before=with_model, again=PULL),
]


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    with hub_process() as address:
        yield address


@pytest.fixture
def home(tmp_path: Path, hub: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.chdir(place)
    (tmp_path / "manifest.toml").write_text(manifest_text())
    manifest = load_manifest(tmp_path / "manifest.toml")
    monkeypatch.setattr(store, "load_manifest", lambda: manifest)
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    for name, value in {"HOME": str(place), "XDG_CONFIG_HOME": str(place), "EDGE_AGENT_HUB": hub}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    write_wheels(tmp_path / "wheels")
    return place


@pytest.fixture
def pip_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip, without the second that it takes. Its own faults are those of a source."""
    monkeypatch.setattr(index, "_pip_download", copying(tmp_path / "wheels"))


def fresh(home: Path) -> None:
    for entry in home.iterdir():
        shutil.rmtree(entry)


@pytest.mark.usefixtures("pip_at_once")
@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_call_of_a_command_may_fail(
    scenario: Scenario, seam: str, step: int, home: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("faults", sweep(scenario, seam, home, fresh, WAYS, step))


@pytest.mark.slow
def test_where_pip_cannot_be_started(home: Path) -> None:
    assert sweep(Scenario("pull from the index", PULL_A_WHEEL, wheel_pulled), "spawn", home, fresh) == 2
