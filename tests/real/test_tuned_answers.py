"""Tuning with a real model: a copy is written, measured and answers; undone, the original does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fake_models import Notes

from edge_agent import build_tuned, engines
from edge_agent.config import load
from edge_agent.store import Store, tuned
from edge_agent.think.trim import byte_pairs, trim
from edge_agent.think.vocabulary import kept

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(600)]
NAME = "smollm2-135m"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    installed = Store()
    shutil.copytree(installed.folder(installed.manifest.find(NAME)), tmp_path / NAME)
    return Store.at(tmp_path)


def test_a_trimmed_vocabulary_reads_and_answers_as_the_whole_one(tmp_path: Path) -> None:
    source = Store().resolve("qwen2.5-coder-0.5b", "llm").path / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    pairs, settings = byte_pairs(source), load({"engines": {"isolation": "thread"}})
    assert pairs is not None
    ids = kept(pairs)
    assert ids is not None
    trim(source, tmp_path / "trimmed.gguf", ids)
    whole, trimmed = (engines.llm(settings, "llama.cpp", path) for path in (source, tmp_path / "trimmed.gguf"))
    persona = settings.think.persona
    assert [ids[token] for token in trimmed.tokenize(persona)] == whole.tokenize(persona)
    text = "猫 über naïve getElementById 🙂"
    assert b"".join(map(trimmed.to_bytes, trimmed.tokenize(text))) == text.encode()
    said = []
    for llm in (whole, trimmed):
        prompt = llm.tokenize("The capital of France is")
        assert llm.prefill(prompt, lambda: True)
        tokens = zip(range(8), llm.generate(prompt, lambda: True), strict=False)
        said.append(b"".join(llm.to_bytes(token) for _, token in tokens))
    assert b"Paris" in said[0]
    assert said[1] == said[0]


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
