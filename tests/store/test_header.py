"""Heads of a stranger's model files: what is wrong is named, nothing in them ends in anything but a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from heads import ONNX, OUTSIDE, gguf_head, onnx_model
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.errors import ModelError
from edge_agent.protobuf import tagged
from edge_agent.store import Store
from edge_agent.store.header import gguf_problem, onnx_problem

HUGE = 1 << 62


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("heads")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ONNX, "not a GGUF"),
        (b"GGUF" + bytes(3), "cut short"),
        (gguf_head(version=1), "version"),
        (gguf_head(version=0x03000000), "version"),
        (gguf_head(tensors=0), "no tensors"),
        (gguf_head(tensors=HUGE), "more than it holds"),
        (gguf_head(entries=HUGE), "more than it holds"),
    ],
)
def test_a_gguf_that_cannot_be_one_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "my.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=f"my.gguf .*{says}"):
        Store([tmp_path]).resolve(str(file), "llm")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gguf_head() + bytes(100), "not an ONNX"),
        (b"\xff" * 5000, "not an ONNX"),
        (ONNX[:-1], "damaged"),
        (b"\x08\x08", "holds no graph"),
        (onnx_model(OUTSIDE), "other files"),
        (onnx_model(OUTSIDE, in_branch=True), "other files"),
    ],
)
def test_an_onnx_that_is_none_or_reaches_out_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "my.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=f"my.onnx .*{says}"):
        Store([tmp_path]).resolve(str(file), "vad")


def test_an_onnx_of_a_thousand_nested_graphs_ends(tmp_path: Path) -> None:
    file, graph = tmp_path / "my.onnx", b""
    for _ in range(1000):
        graph = tagged(1, tagged(5, tagged(6, graph)))
    file.write_bytes(tagged(7, graph))
    assert onnx_problem(file) is None


mutations = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=8)


@settings(max_examples=400)
@given(mutations=mutations, cut=st.integers(0, 200))
@pytest.mark.parametrize(
    ("problem_of", "whole"),
    [(gguf_problem, gguf_head() + bytes(100)), (onnx_problem, onnx_model(OUTSIDE)), (onnx_problem, ONNX)],
)
def test_no_mutated_head_ends_in_an_exception(
    problem_of: Callable[[Path], str | None], whole: bytes, mutations: list[tuple[int, int]], cut: int, place: Path
) -> None:
    content = bytearray(whole[: max(cut, 1)])
    for at, value in mutations:
        content[at % len(content)] = value
    file = place / "head"
    file.write_bytes(content)
    problem = problem_of(file)
    assert problem is None or isinstance(problem, str)
