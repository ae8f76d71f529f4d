"""What a check says of files that the disk or the file system does not give."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.store import check
from edge_agent.store.check import cache_of, damage
from edge_agent.store.manifest import Manifest

Install = Callable[[str], Path]


def test_a_file_that_cannot_be_looked_at_is_damaged(install: Install, manifest: Manifest) -> None:
    folder = install("brain")
    (folder / "brain.gguf").unlink()
    (folder / "brain.gguf").symlink_to("brain.gguf")
    said = {"brain.gguf": "cannot be read (Too many levels of symbolic links)"}
    assert damage(folder, manifest.find("brain")) == said
    assert damage(folder, manifest.find("brain"), "size") == said


def test_a_file_that_cannot_be_read_is_damaged_and_not_remembered(
    install: Install, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    folder, entry, real = install("ear"), manifest.find("ear"), check.sha256

    def failing(path: Path) -> str:
        if path.name == "model.bin":
            raise OSError(5, "Input/output error")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(check, "sha256", failing)
        assert damage(folder, entry) == {"model.bin": "cannot be read (Input/output error)"}
    assert "model.bin" not in cache_of(folder).read_text()
    assert damage(folder, entry) == {}


@pytest.mark.parametrize("left", ["", "{", "[]", '{"brain.gguf": 5}', '{"brain.gguf": {"stamp": []}}'])
def test_a_broken_memory_costs_a_hash_and_no_more(install: Install, manifest: Manifest, left: str) -> None:
    folder = install("brain")
    cache_of(folder).parent.mkdir(parents=True)
    cache_of(folder).write_text(left)
    assert damage(folder, manifest.find("brain")) == {}


def test_where_nothing_can_be_remembered_it_is_hashed_each_time(
    install: Install, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []
    real = check.sha256
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    monkeypatch.setattr(check, "sha256", lambda path: hashed.append(path) or real(path))  # type: ignore[func-returns-value]
    folder = install("brain")
    cache_of(folder).mkdir(parents=True)  # in the way of what is written
    for _ in range(2):
        assert damage(folder, manifest.find("brain")) == {}
    assert len(hashed) == 2
    assert not cache_of(folder).is_file()


def test_a_look_without_reading_tells_what_is_in_the_place_of_a_file(install: Install, manifest: Manifest) -> None:
    entry = manifest.find("brain")
    path = install("brain") / "brain.gguf"

    def seen() -> str | None:
        return damage(path.parent, entry, "size").get("brain.gguf")

    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    assert seen() is None, "it was not read"
    path.write_bytes(whole[:-1])
    assert seen() == f"has {len(whole) - 1} bytes instead of {len(whole)}"
    path.unlink()
    assert seen() == "is missing"
    path.symlink_to("nowhere")
    assert seen() == "is a dangling link"
    path.unlink()
    path.mkdir()
    assert seen() == "is a directory"
    path.rmdir()
    os.mkfifo(path)
    assert seen() == "is not a regular file"


def test_what_is_remembered_is_not_asked_when_all_is_to_be_hashed(
    install: Install, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    folder, entry = install("brain"), manifest.find("brain")
    assert damage(folder, entry) == {}
    remembered = cache_of(folder).read_text()
    cache_of(folder).write_text(remembered.replace(entry.files[0].sha256, "0" * 64))
    wrong = {"brain.gguf": "has not the sha256 that the manifest pins"}
    assert damage(folder, entry) == wrong, "it is the stamp that speaks for the file"
    assert damage(folder, entry, "hash") == {}
    assert cache_of(folder).read_text() == remembered
    for no_digest in (remembered.replace(f'"{entry.files[0].sha256}"', "5"), remembered.replace("sha256", "sha1")):
        cache_of(folder).write_text(no_digest)
        assert damage(folder, entry) == {}
