"""Tuned weights: used only for the file and the machine that they are of, and only whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fake_models import Notes
from tiny_gguf import sliding, speaking

from edge_agent import build, build_tuned
from edge_agent.config import load
from edge_agent.errors import ModelError
from edge_agent.store import Store, tuned
from edge_agent.store.check import sha256
from edge_agent.store.manifest import Manifest, ModelFile
from edge_agent.store.pull import remove
from edge_agent.store.tuned import AS_PULLED
from edge_agent.think.gguf import tensors
from edge_agent.think.tuning import FormatTimes
from edge_agent.think.vocabulary import kept

FAST, SLOW = 10.0, 20.0


@pytest.fixture
def brain(tmp_path: Path, manifest: Manifest) -> Store:
    """A store whose "brain" is one that llama.cpp can write anew."""
    return holding(partial(sliding, window=8), tmp_path, manifest)


@pytest.fixture
def talker(tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Store:
    """One whose "brain" has a vocabulary that can be trimmed."""
    monkeypatch.setattr(build_tuned, "kept", partial(kept, most=280))
    return holding(speaking, tmp_path, manifest)


def holding(make: Callable[[Path], Path], tmp_path: Path, manifest: Manifest) -> Store:
    folder = tmp_path / "models" / "brain"
    folder.mkdir(parents=True)
    gguf = make(folder / "brain.gguf")
    file = ModelFile("brain.gguf", gguf.stat().st_size, sha256(gguf), hub_path="brain.gguf")
    models = [replace(entry, files=(file,)) if entry.name == "brain" else entry for entry in manifest.models]
    return Store([tmp_path / "models"], manifest=replace(manifest, models=tuple(models)))


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the files are said to take, by name; all are as good."""
    found: dict[str, float] = {}

    def read(path: Path, *, threads: int, kept: Sequence[int] | None = None) -> FormatTimes:
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
    def read(path: Path, *, threads: int, kept: Sequence[int] | None = None) -> FormatTimes:
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


def test_a_trimmed_copy_is_used_but_where_all_tokens_are_needed(talker: Store, times: dict[str, float]) -> None:
    times["q4_0-trimmed"] = FAST
    found = tune(talker)
    assert [each.name for each in found.formats] == [
        AS_PULLED, "q4_0", "q4_0-trimmed", "q4_0-head", "q4_0-head-trimmed",
    ]  # fmt: skip
    assert found.kept == "q4_0-trimmed"
    used = talker.resolve("brain", "llm")
    assert used.main.name == "q4_0-trimmed.gguf"
    assert [path.name for path in used.main.parent.glob("*.gguf")] == ["q4_0-trimmed.gguf"]
    assert {row.name: row.shape for row in tensors(used.main)}["output.weight"] == (32, 280)
    assert talker.resolve("brain", "llm", whole=True).main.name == "brain.gguf"


def test_for_another_language_nothing_is_trimmed(talker: Store, times: dict[str, float]) -> None:
    notes = Notes()
    found = build_tuned.tune(talker, "brain", notes, threads=1, language="ja")
    assert [each.name for each in found.formats] == [AS_PULLED, "q4_0", "q4_0-head"]
    assert any("keeps its vocabulary" in said for said in notes.said)


def test_a_trimmed_copy_strays_by_what_its_format_does_and_by_what_was_dropped(
    talker: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random weights take every token for as likely: a twelfth of 305 of them is gone."""
    monkeypatch.setattr(build_tuned, "fastest", lambda original, others: others[-1])
    whole, trimmed = tune(talker).formats[3:]
    assert 0 <= whole.stray < trimmed.stray < whole.stray + 0.5


def test_a_language_of_other_letters_has_all_of_the_vocabulary(talker: Store, times: dict[str, float]) -> None:
    times["q4_0-trimmed"] = FAST
    tune(talker)
    for language, file in {"en": "q4_0-trimmed.gguf", "ja": "brain.gguf", "auto": "brain.gguf"}.items():
        own = {"hear": {"language": language}, "models": {"dir": talker.roots[0], "llm": "brain"}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "store_of", lambda settings: talker)
            patch.setattr(build, "profile_of", lambda settings: None)
            assert build.choose_one(load(own), "llm").main.name == file
