"""Every file of profile `tiny`, damaged in every way: refused by name, with the command that mends it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent import build
from edge_agent.config import load
from edge_agent.errors import ModelError
from edge_agent.store import Model, Store
from edge_agent.store.manifest import ROLES, load_manifest

pytestmark = pytest.mark.model

CUTS = 20

MANIFEST = load_manifest()
TINY = MANIFEST.find_profile("tiny")
FILES = [
    (role, number, f"{entry.name}/{file.name}")
    for role in ROLES
    for entry in [MANIFEST.find(TINY.choices(role)[-1])]
    for number, file in enumerate(entry.files)
]


@pytest.fixture(params=FILES, ids=[name for _, _, name in FILES])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Model, Path]]:
    """A model of which one file is a copy, and the others are the real ones."""
    role, number, _ = request.param
    model = build.choose_one(load({"models": {"profile": "tiny"}}), role)
    name = list(model.files)[number]
    folder = tmp_path / model.name
    folder.mkdir()
    for other, path in model.files.items():
        if other != name:
            (folder / other).symlink_to(path)
    shutil.copyfile(model.files[name], folder / name)
    yield model, folder / name
    shutil.rmtree(folder)


def refused(model: Model, file: Path, what: str) -> None:
    with pytest.raises(ModelError, match=what) as error:
        Store(roots=[file.parents[1]]).resolve(model.name, model.role)
    assert model.name in str(error.value)
    assert error.value.fix == f"edge-agent models pull {model.name}"


def test_it_is_refused(copied: tuple[Model, Path], everything: bool) -> None:
    model, file = copied
    assert Store(roots=[file.parents[1]]).resolve(model.name, model.role).main, "the copy is whole"
    size, rng = file.stat().st_size, random.Random(file.name)
    for _ in range(5 if everything else 1):
        at, bit = rng.randrange(size), 1 << rng.randrange(8)
        flip(file, at, bit)
        refused(model, file, "sha256")
        flip(file, at, bit)
    for cut in sorted(rng.sample(range(1, size), min(CUTS, size - 1)), reverse=True):
        os.truncate(file, cut)
        refused(model, file, "bytes instead of")
    os.truncate(file, 0)
    refused(model, file, "0 bytes instead of")
    os.truncate(file, size)
    refused(model, file, "sha256")  # as large as it should be, and all zeros
    file.unlink()
    refused(model, file, "not installed")
    file.symlink_to(file.parent / "nowhere")
    refused(model, file, "dangling")
    file.unlink()
    file.mkdir()
    refused(model, file, "is a directory")
    file.rmdir()
    settings = load({"models": {"profile": "tiny"}})
    file.symlink_to(build.choose_one(settings, "vad" if model.role != "vad" else "endpoint").main)
    refused(model, file, "bytes instead of")  # another model's, and mostly of another format


def flip(file: Path, at: int, bit: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ bit]))
