"""Trimmed vocabularies: what is kept, and that what was kept is read, said and weighed as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_gguf import CONTROL, WORDS, sliding, speaking

from edge_agent.errors import ModelError
from edge_agent.think.gguf import head, write_head
from edge_agent.think.llama import LlamaContext, LlamaModel
from edge_agent.think.trim import byte_pairs, trim
from edge_agent.think.vocabulary import BytePairs, kept, remaining

MOST = 280
"""Bytes, CONTROL and 21 more: what the first words are made of."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speaking(tmp_path_factory.mktemp("trim") / "whole.gguf")


@pytest.fixture(scope="module")
def pairs(whole: Path) -> BytePairs:
    found = byte_pairs(whole)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def trimmed(whole: Path, pairs: BytePairs) -> tuple[Path, list[int]]:
    ids, target = kept(pairs, MOST), whole.with_name("trimmed.gguf")
    assert ids is not None
    trim(whole, target, ids)
    return target, ids


@pytest.fixture(scope="module")
def models(whole: Path, trimmed: tuple[Path, list[int]]) -> tuple[LlamaModel, LlamaModel]:
    return LlamaModel(whole), LlamaModel(trimmed[0])


def words_of(pairs: BytePairs, ids: list[int]) -> set[str]:
    texts = {pairs.tokens[id].replace("Ġ", " ") for id in ids}
    return texts & set(WORDS)


def test_words_come_first_and_parts_of_programs_and_other_scripts_last(pairs: BytePairs) -> None:
    words = (" the", " cat", " sat", " on", " mat", " Katze", " dog")
    assert words_of(pairs, kept(pairs, 265) or []) == set(words[:2])
    assert words_of(pairs, kept(pairs, 281) or []) == set(words)
    assert words_of(pairs, kept(pairs, 286) or []) == {*words, "12", "..."}
    assert words_of(pairs, kept(pairs, 294) or []) == set(WORDS) - {"\u732b", "\u72ac"}


def test_each_token_is_kept_with_those_that_it_is_merged_of(pairs: BytePairs) -> None:
    for most in range(262, len(pairs.tokens) - 10):
        ids = kept(pairs, most) or []
        there = {pairs.tokens[id] for id in ids}
        assert len(ids) == most
        assert ids == sorted(ids)
        assert {*CONTROL} <= there
        assert not any(token.startswith("[PAD") for token in there)
        for merge in remaining(pairs, ids):
            left, right = merge.split(" ")
            assert {left, right, left + right} <= there


def test_what_is_needed_is_kept_first(pairs: BytePairs) -> None:
    needed = pairs.tokens.index(".com")
    assert needed in (kept(pairs, 270, needed=[needed]) or [])
    assert needed not in (kept(pairs, 270) or [])


def test_what_cannot_be_cut_is_left_alone(pairs: BytePairs, tmp_path: Path) -> None:
    assert kept(pairs, len(pairs.tokens)) is None
    twice = (*pairs.merges, "c at")
    assert kept(replace(pairs, merges=twice), MOST) is None
    assert kept(replace(pairs, merges=pairs.merges[1:]), MOST) is None  # a token that nothing makes
    assert byte_pairs(sliding(tmp_path / "m.gguf", window=8)) is None


@given(st.lists(st.sampled_from([*WORDS, *CONTROL, "x", " ", "ß", "\n", "猫犬"]) | st.text(max_size=4), max_size=8))
def test_any_text_is_read_whole(models, trimmed, parts: list[str]) -> None:
    """What has kept tokens alone is read as before; the tokens of any other text are its bytes, too."""
    whole, cut = models
    text, ids = "".join(parts).encode(), trimmed[1]
    before, now = whole.tokenize(text, False), cut.tokenize(text, False)
    assert b"".join(map(cut.to_bytes, now)) == text
    if set(before) <= set(ids):
        assert [ids[token] for token in now] == before


def test_control_tokens_are_what_they_were(models, trimmed) -> None:
    whole, cut = models
    for text in CONTROL:
        (token,) = cut.tokenize(text.encode(), True)
        assert [trimmed[1][token]] == whole.tokenize(text.encode(), True)
        assert cut.ends(token) == whole.ends(trimmed[1][token])
    assert head(trimmed[0]).facts["tokenizer.ggml.eos_token_id"].value == cut.tokenize(b"<|im_end|>", True)[0]
    assert "tokenizer.ggml.padding_token_id" not in head(trimmed[0]).facts  # it was dropped


def test_what_is_kept_weighs_as_much_as_before(models, trimmed) -> None:
    whole, cut = models
    text = b" the cat sat on the mat"
    rows = []
    for model in (whole, cut):
        context = LlamaContext(model, cells=64, batch=32, threads=1)
        context.evaluate(0, model.tokenize(text, False))
        rows.append(context.logits().copy())
    np.testing.assert_allclose(rows[1], rows[0][trimmed[1]], atol=1e-5)


def test_all_else_is_copied(whole: Path, trimmed: tuple[Path, list[int]]) -> None:
    old, new = head(whole), head(trimmed[0])
    data, cut = whole.read_bytes()[old.data :], trimmed[0].read_bytes()[new.data :]
    for before, now in zip(old.tensors, new.tensors, strict=True):
        assert now.begin % 32 == 0
        if before.name in ("token_embd.weight", "output.weight"):
            assert now.shape == (before.shape[0], MOST)
        else:
            assert cut[now.begin : now.begin + now.bytes] == data[before.begin : before.begin + before.bytes]
    gone = {"tokenizer.ggml.padding_token_id"}
    assert old.facts.keys() - new.facts.keys() == gone
    assert new.facts["qwen2.vocab_size"].value == MOST


def test_a_head_that_is_not_of_the_vocabulary_is_said(whole: Path, tmp_path: Path) -> None:
    old, odd = head(whole), tmp_path / "odd.gguf"
    tokens = old.facts["tokenizer.ggml.tokens"]
    facts = old.facts | {"tokenizer.ggml.tokens": replace(tokens, value=tokens.value[:-1])}
    with odd.open("wb") as file:
        write_head(file, old.version, facts, old.tensors)
        file.write(whole.read_bytes()[old.data :])
    with pytest.raises(ModelError, match="one row for each token"):
        trim(odd, tmp_path / "t.gguf", [0])
