"""What somebody has laid beside the models is not trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_models import Notes

from edge_agent.errors import ModelError
from edge_agent.store import Store
from edge_agent.store.pull import locked


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
