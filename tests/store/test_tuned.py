"""Tuned weights: used only for the file and the machine that they are of, and only whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_models import Notes
from tiny_gguf import sliding

from edge_agent import build_tuned
from edge_agent.errors import ModelError
from edge_agent.store import Store, tuned
from edge_agent.store.check import sha256
from edge_agent.store.manifest import Manifest, ModelFile
from edge_agent.store.pull import remove
from edge_agent.store.tuned import AS_PULLED
from edge_agent.think.tuning import FormatTimes

FAST, SLOW = 10.0, 20.0


@pytest.fixture
def brain(tmp_path: Path, manifest: Manifest) -> Store:
    """A store whose "brain" is one that llama.cpp can write anew."""
    folder = tmp_path / "models" / "brain"
    folder.mkdir(parents=True)
    gguf = sliding(folder / "brain.gguf", window=8)
    file = ModelFile("brain.gguf", gguf.stat().st_size, sha256(gguf), hub_path="brain.gguf")
    models = [replace(entry, files=(file,)) if entry.name == "brain" else entry for entry in manifest.models]
    return Store([tmp_path / "models"], manifest=replace(manifest, models=tuple(models)))


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the files are said to take, by name; all are as good."""
    found: dict[str, float] = {}

    def read(path: Path, *, threads: int) -> FormatTimes:
        assert path.exists()
        ms = found.get(path.stem, SLOW)
        return FormatTimes({1: ms, 8: ms, 32: ms}, np.zeros((1, 1), np.float32))

    monkeypatch.setattr(build_tuned, "read", read)
    return found


def tune(store: Store) -> tuned.Tuned:
    return build_tuned.tune(store, "brain", Notes(), threads=1)


def test_the_fastest_copy_is_used_and_the_others_are_gone(brain: Store, times: dict[str, float]) -> None:
    times["q4_0"] = FAST
    assert tune(brain).kept == "q4_0"
    found = brain.resolve("brain", "llm")
    assert found.format == "q4_0"
    assert found.main == brain.roots[0] / "brain" / "tuned" / "q4_0.gguf"
    assert found.sha256 == {"q4_0.gguf": sha256(found.main)}
    assert [path.name for path in found.main.parent.glob("*.gguf")] == ["q4_0.gguf"]
    assert found.main.stat().st_size < brain.resolve("brain", "llm").path.joinpath("brain.gguf").stat().st_size


def test_where_none_is_faster_the_file_stays_as_it_was_pulled(brain: Store, times: dict[str, float]) -> None:
    assert tune(brain).kept == AS_PULLED
    assert brain.resolve("brain", "llm").main.name == "brain.gguf"
    assert not list((brain.roots[0] / "brain" / "tuned").glob("*.gguf"))


def test_a_copy_that_was_changed_is_not_used(brain: Store, times: dict[str, float]) -> None:
    times["q4_0"] = FAST
    tune(brain)
    copy = brain.resolve("brain", "llm").main
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    assert brain.resolve("brain", "llm").format is None
    copy.unlink()
    assert brain.resolve("brain", "llm").main.name == "brain.gguf"


def test_a_copy_of_another_machine_is_not_used(brain: Store, times, monkeypatch: pytest.MonkeyPatch) -> None:
    times["q4_0"] = FAST
    tune(brain)
    monkeypatch.setattr(tuned, "kind_of_machine", lambda: "another one")
    assert brain.resolve("brain", "llm").format is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kept": 3}', '{"kept": "../../x", "formats": []}'])
def test_a_record_that_cannot_be_read_is_none(text: str, brain: Store, times: dict[str, float]) -> None:
    times["q4_0"] = FAST
    tune(brain)
    (brain.roots[0] / "brain" / "tuned" / "tuned.json").write_text(text)
    assert brain.resolve("brain", "llm").format is None


def test_undo_and_rm_leave_nothing(brain: Store, times: dict[str, float]) -> None:
    times["q4_0"] = FAST
    tune(brain)
    folder = brain.roots[0] / "brain"
    assert tuned.undo(folder)
    assert not tuned.undo(folder)
    assert brain.resolve("brain", "llm").format is None
    tune(brain)
    remove(brain, brain.manifest.find("brain"), Notes())
    assert not folder.exists()


def test_what_fails_leaves_the_model_as_it_was(brain: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path, *, threads: int) -> FormatTimes:
        raise ModelError("llama.cpp cannot load it.")

    monkeypatch.setattr(build_tuned, "read", read)
    with pytest.raises(ModelError):
        tune(brain)
    notes = Notes()
    build_tuned.tune_all(brain, ["brain"], notes)
    assert "brain stays as it was pulled: llama.cpp cannot load it." in notes.said
    assert not (brain.roots[0] / "brain" / "tuned").exists()


def test_what_was_found_out_is_not_found_out_again(brain: Store, times: dict[str, float]) -> None:
    build_tuned.tune_all(brain, ["brain"], Notes())
    notes = Notes()
    build_tuned.tune_all(brain, ["brain"], notes)
    assert notes.said == []


def test_a_disk_without_room_is_said_first(brain: Store, times, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_tuned.shutil, "disk_usage", lambda _: type("U", (), {"free": 1000})())
    with pytest.raises(ModelError, match="Not enough room"):
        tune(brain)
