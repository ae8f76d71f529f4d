"""What somebody has laid beside the models is not trusted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_models import Notes

from edge_agent.errors import ModelError
from edge_agent.store import Store, check
from edge_agent.store.check import LEFT
from edge_agent.store.pull import locked, remove


def test_a_lock_is_not_taken_through_a_link_nor_is_what_is_there_cut_off(store: Store, tmp_path: Path) -> None:
    root, entry = store.roots[0], store.manifest.find("ear")
    lock = root / ".locks" / "ear"
    lock.parent.mkdir(parents=True)
    lock.write_text("of another version")
    with locked(root, entry, Notes()):
        assert lock.read_text() == "of another version"
    precious = tmp_path / "precious"
    precious.write_text("precious")
    lock.unlink()
    lock.symlink_to(precious)
    with pytest.raises(ModelError, match="symbolic links"), locked(root, entry, Notes()):
        pass
    lock.unlink()
    lock.symlink_to(tmp_path / "new")
    with pytest.raises(ModelError), locked(root, entry, Notes()):
        pass
    assert (precious.read_text(), os.path.exists(tmp_path / "new")) == ("precious", False)


def test_a_note_beside_a_model_does_not_vouch_for_it(store: Store, install: Callable[[str], Path]) -> None:
    """Whoever brings a model can bring a note that says it has been hashed."""
    folder = install("brain")
    model = folder / "brain.gguf"
    model.write_bytes(bytes(model.stat().st_size))
    (file,) = store.manifest.find("brain").files
    at = model.stat()
    stamp = [at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino, at.st_dev]
    (folder / LEFT).write_text(json.dumps({"brain.gguf": {"stamp": stamp, "sha256": file.sha256}}))
    with pytest.raises(ModelError, match="sha256"):
        store.resolve("brain", "llm")


def test_checking_leaves_the_folder_of_the_models_as_it_was(
    store: Store, install: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    folder = install("brain")
    store.resolve("brain", "llm")
    assert os.listdir(folder) == ["brain.gguf"]
    assert check.cache_of(folder).stat().st_mode & 0o777 == 0o600
    remove(store, store.manifest.find("brain"), Notes())
    assert not check.cache_of(folder).exists()
