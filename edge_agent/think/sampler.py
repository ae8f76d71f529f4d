"""Samplers: which token an answer goes on with, by the logits at hand."""

from __future__ import annotations

import ctypes
import math
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import EngineError
from edge_agent.think.llama import LlamaContext, LlamaModel

RECENT = 64
"""Tokens of an answer that are less likely to be chosen again."""
LOOKED_AT = 64
"""So many of the most likely tokens are shown to a grammar before all are, which takes 35 ms for 152,000."""
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""A `llama_token_data`."""


def sampler(
    model: LlamaModel, *, temperature: float, top_p: float, repeat_penalty: float, seed: int, grammar: str | None
) -> Likeliest | Chance:
    """What chooses the tokens of one answer, to be closed. Raises EngineError if `grammar` is none."""
    if temperature == 0:
        return Likeliest(model, repeat_penalty=repeat_penalty, grammar=grammar)
    return Chance(
        model, temperature=temperature, top_p=top_p, repeat_penalty=repeat_penalty, seed=seed, grammar=grammar
    )


class Likeliest:
    """The most likely token each time.

    It is the one that llama.cpp's own chain of penalties, grammar and greedy sampler chooses. That copies 12 bytes for
    each token of the vocabulary and looks at each: 0.8 ms of processor time for 152,000 where this takes 0.03.
    """

    def __init__(self, model: LlamaModel, *, repeat_penalty: float, grammar: str | None) -> None:
        """Raises EngineError if `grammar` is none."""
        self._penalty, self._recent = repeat_penalty, deque[int](maxlen=RECENT)
        self._grammar = None if grammar is None else _Grammar(model, grammar)

    def sample(self, context: LlamaContext) -> int:
        """The next token, which what comes after it may not repeat so easily."""
        logits = context.logits()
        recent = np.array(list(set(self._recent)), np.intp)
        as_they_were = logits[recent]
        logits[recent] = np.where(as_they_were > 0, as_they_were / self._penalty, as_they_were * self._penalty)
        token = int(logits.argmax()) if self._grammar is None else self._grammar.best(logits)
        logits[recent] = as_they_were
        self._recent.append(token)
        return token

    def close(self) -> None:
        if self._grammar is not None:
            self._grammar.close()


class _Grammar:
    def __init__(self, model: LlamaModel, grammar: str) -> None:
        """Raises EngineError if `grammar` is none."""
        self._cpp, self._pointer = model.cpp, _held_to(model, grammar)

    def best(self, logits: npt.NDArray[np.float32]) -> int:
        """The most likely token that is allowed; the first one of those as likely."""
        likely = np.array([logits.argmax()])
        allowed = self._allowed(likely, logits)
        if not allowed.any() and logits.size > LOOKED_AT:
            likely = np.sort(np.argpartition(logits, -LOOKED_AT)[-LOOKED_AT:])
            allowed = self._allowed(likely, logits)
        if not allowed.any():
            likely = np.arange(logits.size)
            allowed = self._allowed(likely, logits)
        token = int(likely[np.where(allowed, logits[likely], -math.inf).argmax()])
        self._cpp.llama_sampler_accept(self._pointer, token)
        return token

    def close(self) -> None:
        self._cpp.llama_sampler_free(self._pointer)

    def _allowed(self, tokens: npt.NDArray[np.intp], logits: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Whether each of `tokens` is allowed by the grammar; one that was forbidden is not."""
        shown = np.zeros(tokens.size, _CANDIDATE)
        shown["id"], shown["logit"] = tokens, logits[tokens]
        array = self._cpp.llama_token_data_array(selected=-1)
        array.data = shown.ctypes.data_as(type(array.data))
        array.size = tokens.size
        self._cpp.llama_sampler_apply(self._pointer, ctypes.byref(array))
        return np.asarray(shown["logit"] > -math.inf)


class Chance:
    """A choice by chance, among the likely ones, by llama.cpp's own chain."""

    def __init__(
        self,
        model: LlamaModel,
        *,
        temperature: float,
        top_p: float,
        repeat_penalty: float,
        seed: int,
        grammar: str | None,
    ) -> None:
        """Raises EngineError if `grammar` is none."""
        cpp = self._cpp = model.cpp
        tokens = cpp.llama_vocab_n_tokens(model.vocab)
        steps = [cpp.llama_sampler_init_penalties(tokens, RECENT, repeat_penalty, 0.0, 0.0)]
        if grammar is not None:
            steps.append(_held_to(model, grammar))
        steps += [
            cpp.llama_sampler_init_top_k(40),
            cpp.llama_sampler_init_top_p(top_p, 1),
            cpp.llama_sampler_init_min_p(0.05, 1),
            cpp.llama_sampler_init_temp(temperature),
            cpp.llama_sampler_init_dist(seed),
        ]
        self._chain = cpp.llama_sampler_chain_init(cpp.llama_sampler_chain_default_params())
        for step in steps:
            cpp.llama_sampler_chain_add(self._chain, step)

    def sample(self, context: LlamaContext) -> int:
        return int(self._cpp.llama_sampler_sample(self._chain, context.pointer, -1))

    def close(self) -> None:
        self._cpp.llama_sampler_free(self._chain)


def check(model: LlamaModel, grammar: str) -> None:
    """Raises EngineError if `grammar` is none."""
    _Grammar(model, grammar).close()


def _held_to(model: LlamaModel, grammar: str) -> Any:
    """Raises EngineError if `grammar` is none. What it returns is to be freed, or added to a chain that is."""
    found = model.cpp.llama_sampler_init_grammar(model.vocab, grammar.encode(), b"root")
    if not found:
        raise EngineError("llama.cpp cannot read the grammar of a JSON schema.")
    return found
