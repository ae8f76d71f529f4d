"""Tuning with a real model: a copy is written, measured and answers; undone, the original does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fake_models import Notes

from edge_agent import build_tuned, engines
from edge_agent.config import load
from edge_agent.store import Store, tuned

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(600)]
NAME = "smollm2-135m"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    installed = Store()
    shutil.copytree(installed.folder(installed.manifest.find(NAME)), tmp_path / NAME)
    return Store.at(tmp_path)


def test_a_copy_answers_in_place_of_the_original(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_tuned, "fastest", lambda original, others: others[-1])
    found = build_tuned.tune(store, NAME, Notes())
    assert [each.name for each in found.formats] == ["as pulled", "q4_0", "q4_0-head"]
    assert found.formats[0].stray == 0
    assert all(0 < each.stray < 0.5 for each in found.formats[1:]), found.formats
    assert all(set(each.ms) == {1, 8, 32} and min(each.ms.values()) > 0 for each in found.formats)

    model = store.resolve(NAME, "llm")
    assert model.format == "q4_0-head"
    llm = engines.llm(load({"engines": {"isolation": "thread"}}), model.engine, model.main)
    prompt = llm.tokenize("The capital of France is", special=False)
    assert llm.prefill(prompt, lambda: True)
    said = b"".join(llm.to_bytes(token) for token, _ in zip(llm.generate(prompt, lambda: True), range(8), strict=False))
    assert b"Paris" in said
    assert tuned.undo(store.folder(store.manifest.find(NAME)))
    assert store.resolve(NAME, "llm").format is None
