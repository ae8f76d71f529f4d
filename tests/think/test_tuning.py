"""Formats of weights: what is written anew and what stays, and which of them is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_gguf import sliding

from edge_agent.errors import ModelError
from edge_agent.think.gguf import tensors
from edge_agent.think.requantize import RECIPES, requantize
from edge_agent.think.tuning import LEAST_GAIN, MOST_STRAY, FormatTimes, fastest, stray

F32, Q4_0 = 0, 2
WITH_HEAD = RECIPES[1]


def test_the_table_of_tensors_is_what_was_written(tmp_path: Path) -> None:
    found = {tensor.name: tensor for tensor in tensors(sliding(tmp_path / "m.gguf", window=8))}
    assert found["token_embd.weight"].shape == (32, 64)
    assert found["blk.5.ffn_down.weight"].shape == (64, 32)
    assert {tensor.kind for tensor in found.values()} == {F32}


def test_a_damaged_head_is_said_and_no_traceback(tmp_path: Path) -> None:
    whole = sliding(tmp_path / "m.gguf", window=8).read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in range(0, 1000, 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelError):
            tensors(cut)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_matrices_are_written_in_four_bits_but_for_those_that_stay(recipe, tmp_path: Path) -> None:
    source, target = sliding(tmp_path / "m.gguf", window=8), tmp_path / "t.gguf"
    requantize(source, target, recipe, threads=1)
    kinds = {tensor.name: tensor.kind for tensor in tensors(target) if len(tensor.shape) > 1}
    for name, kind in kinds.items():
        if name == "token_embd.weight":  # it is the head, too: these models share it
            assert (kind == Q4_0) == recipe.head
        else:
            assert kind == (F32 if any(part in name for part in recipe.keeps) else Q4_0), name


def test_a_file_that_cannot_be_written_anew_leaves_nothing(tmp_path: Path) -> None:
    source, target = sliding(tmp_path / "m.gguf", window=8), tmp_path / "t.gguf"
    source.write_bytes(source.read_bytes()[:-20_000])
    with pytest.raises(ModelError, match="cannot write"):
        requantize(source, target, WITH_HEAD, threads=1)
    assert not target.exists()


def reading(wait_ms: float, strays: float = 0.0) -> FormatTimes:
    """One whose next token is one of two; `strays` from even odds."""
    likely = 0.5 * (1 + np.sqrt(1 - np.exp(-2 * strays)))  # the divergence of these odds from even ones is `strays`
    return FormatTimes({1: 0.0, 8: wait_ms, 32: 0.0}, np.log(np.array([[likely, 1 - likely]], np.float32)))


def test_stray_is_the_divergence_from_the_original() -> None:
    assert stray(reading(1), reading(1)) == 0
    assert stray(reading(1, 0.25), reading(1)) == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        ([(80, 0.05), (70, 0.08)], 1),
        ([(80, 0.05), (70, MOST_STRAY + 0.01)], 0),
        ([(100 * (1 - LEAST_GAIN) + 1, 0.0)], None),
        ([], None),
    ],
)
def test_the_fastest_is_kept_that_strays_little_and_saves_enough(others, kept) -> None:
    original, found = reading(100), [reading(*other) for other in others]
    assert fastest(original, [original, *found]) is (original if kept is None else found[kept])
