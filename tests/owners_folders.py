"""The owner's own settings and state are out of reach of every test: a reminder of theirs must not ring in one."""

import itertools
import os
from pathlib import Path

import pytest

KINDS = ("STATE", "CONFIG")
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of the suite's own, for what a session or a module starts."""
    folder = tmp_path_factory.mktemp("owner")
    for kind in KINDS:
        os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
    return folder


@pytest.fixture(autouse=True)
def own_state(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State of this test's own; the folder is made by whoever writes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(own_folders / f"state-{next(_numbers)}"))
