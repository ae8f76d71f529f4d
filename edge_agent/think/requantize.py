"""Requantizing: the weights of an LLM written anew in a format that the kernels of llama.cpp like."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import ModelError
from edge_agent.think.gguf import TensorRow, tensors
from edge_agent.think.llama import library


@dataclass(frozen=True, slots=True)
class Recipe:
    """A format of the weights that may be faster than the one that was pulled."""

    name: str
    keeps: tuple[str, ...]
    """Parts of the names of tensors that stay as they are."""
    head: bool
    """True if the output head, which each token reads whole, has four bits as well."""


RECIPES = (
    Recipe("q4_0", keeps=("attn_v", "ffn_down"), head=False),
    Recipe("q4_0-head", keeps=("attn_v", "ffn_down"), head=True),
)
"""Q4_0 is what llama.cpp repacks for wide instructions on x86 and ARM. The values of the attention and the second
half of each feed-forward layer lose most by it and are a quarter of the weights: they stay (docs/decisions/0014)."""


def requantize(source: Path, target: Path, recipe: Recipe, *, threads: int) -> None:
    """Writes `source` anew at `target`. On two cores 6 s for a model of 0.5 billion weights.

    Each weight counts the same in the choice of a block's scale. That is a matrix of importance of ones: without any,
    llama.cpp takes the scale from the largest weight alone, and strays twice as far.
    Raises ModelError; `target` is then not there.
    """
    cpp = library()
    found = tensors(source)
    params = cpp.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = cpp.LLAMA_FTYPE_MOSTLY_Q4_0, True, threads
    if recipe.head:
        params.output_tensor_type = params.token_embedding_type = cpp.GGML_TYPE_Q4_0
    importance, kept = _ones(cpp.llama_cpp, found), _kept(cpp.llama_cpp, found, recipe)
    params.imatrix = ctypes.cast(importance, type(params.imatrix))
    params.tt_overrides = ctypes.cast(kept, type(params.tt_overrides))
    code = cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    if code != 0:
        target.unlink(missing_ok=True)
        raise ModelError(
            f"llama.cpp cannot write {source.name} as {recipe.name} (llama_model_quantize returned {code})."
        )


def _ones(lib: Any, found: list[TensorRow]) -> Any:
    """An importance of one for each column of each matrix."""
    matrices = [tensor for tensor in found if len(tensor.shape) > 1]
    listed = (lib.llama_model_imatrix_data * (len(matrices) + 1))()  # the last one, without a name, ends it
    for slot, tensor in zip(listed, matrices, strict=False):
        columns = tensor.shape[0]
        ones = (ctypes.c_float * columns)(*[1.0] * columns)
        slot.name, slot.size = tensor.name.encode(), columns
        slot.data = ctypes.cast(ones, type(slot.data))
    return listed


def _kept(lib: Any, found: list[TensorRow], recipe: Recipe) -> Any:
    """What keeps its format, by a pattern of its name."""
    kept = [tensor for tensor in found if len(tensor.shape) > 1 and any(part in tensor.name for part in recipe.keeps)]
    listed = (lib.llama_model_tensor_override * (len(kept) + 1))()
    for slot, tensor in zip(listed, kept, strict=False):
        slot.pattern, slot.type = re.escape(tensor.name).encode(), tensor.kind
    return listed
