"""Trim: an LLM written anew with fewer tokens, those that its language needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_agent.errors import ModelError
from edge_agent.think.gguf import ALIGNED, GgufValue, Head, TensorRow, head, write_head
from edge_agent.think.vocabulary import BytePairs, remaining

_TOKENS, _KINDS, _MERGES, _SCORES = (f"tokenizer.ggml.{name}" for name in ("tokens", "token_type", "merges", "scores"))
_BY_TOKEN = ("token_embd.weight", "output.weight")


def byte_pairs(path: Path) -> BytePairs | None:
    """The vocabulary of a GGUF file; None of one that is no byte-pair encoding. Raises ModelError, OSError."""
    facts = head(path).facts
    kind = facts.get("tokenizer.ggml.model")
    if kind is None or kind.value != "gpt2" or not {_TOKENS, _KINDS, _MERGES} <= facts.keys():
        return None
    return BytePairs(*(facts[key].value for key in (_TOKENS, _KINDS, _MERGES)))


def trim(source: Path, target: Path, kept: Sequence[int]) -> None:
    """Writes `source` at `target` with the tokens `kept` alone, which become 0, 1, ... in this order.

    Of the embeddings and the output head it copies these rows as they are, of all else everything: a second for 0.5
    billion weights. Raises ModelError, OSError.
    """
    whole = head(source)
    rows, begin = [], 0
    for row in whole.tensors:
        rows.append(replace(_trimmed(row, whole, len(kept)), begin=begin))
        begin += rows[-1].bytes + -rows[-1].bytes % ALIGNED
    data = np.memmap(source, np.uint8, "r", whole.data)
    with target.open("wb") as file:
        write_head(file, whole.version, _facts(whole, list(kept)), rows)
        for old, new in zip(whole.tensors, rows, strict=True):
            bytes_of = data[old.begin : old.begin + old.bytes]
            if new.shape != old.shape:
                bytes_of = bytes_of[: old.shape[1] * _row_bytes(old)].reshape(old.shape[1], -1)[kept]
            bytes_of.tofile(file)
            file.write(bytes(-new.bytes % ALIGNED))


def _row_bytes(row: TensorRow) -> int:
    """What a row of a matrix takes: what aligns the next tensor is less than a byte for each."""
    return row.bytes // row.shape[1]


def _trimmed(row: TensorRow, whole: Head, kept: int) -> TensorRow:
    if row.name not in _BY_TOKEN:
        return row
    if len(row.shape) != 2 or row.shape[1] != len(whole.facts[_TOKENS].value):
        raise ModelError(f"{row.name} has not one row for each token.")
    return replace(row, shape=(row.shape[0], kept), bytes=kept * _row_bytes(row))


def _facts(whole: Head, kept: list[int]) -> dict[str, GgufValue]:
    """What is said of tokens, of those that are kept."""
    old = whole.facts
    pairs = BytePairs(old[_TOKENS].value, old[_KINDS].value, old[_MERGES].value)
    facts = {key: fact for key, fact in old.items() if key != "general.alignment"}
    for key in {_TOKENS, _KINDS, _SCORES} & old.keys():
        facts[key] = replace(old[key], value=[old[key].value[id] for id in kept])
    facts[_MERGES] = replace(old[_MERGES], value=remaining(pairs, kept))
    new = {id: at for at, id in enumerate(kept)}
    for key, fact in old.items():
        if key.endswith(".vocab_size"):
            facts[key] = replace(fact, value=len(kept))
        elif key.startswith("tokenizer.ggml.") and key.endswith("_token_id"):
            if fact.value in new:
                facts[key] = replace(fact, value=new[fact.value])
            else:
                del facts[key]
    return facts
