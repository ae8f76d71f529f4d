"""Removing a model: what is its own goes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_models import Notes

from edge_agent.errors import ModelError
from edge_agent.store import Store
from edge_agent.store.pull import remove


def test_rm_takes_the_model_and_leaves_what_is_not_its_own(
    store: Store, install: Callable[[str], Path], notes: Notes
) -> None:
    folder = install("ear")
    (folder / "notes.txt").write_text("mine")
    assert remove(store, store.manifest.find("ear"), notes) == [folder]
    assert {path.name for path in folder.glob("*") if not path.name.startswith(".")} == {"notes.txt"}
    install("brain")
    remove(store, store.manifest.find("brain"), notes)
    assert not (store.roots[0] / "brain").exists()
    with pytest.raises(ModelError, match="not installed"):
        remove(store, store.manifest.find("brain"), notes)
