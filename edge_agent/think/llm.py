"""LLM: prompt tokens -> answer tokens. llama.cpp with one context, its prompt prefix kept, stopped within one token."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from edge_agent.errors import EngineError
from edge_agent.interfaces import Wanted
from edge_agent.think.free_cores import FreeCores
from edge_agent.think.kv_cache import KvCache
from edge_agent.think.llama import LlamaContext, LlamaModel
from edge_agent.think.sampler import check, sampler
from edge_agent.waits import stepped

PREFILL_SLICE = 32
"""Tokens evaluated between two looks at `wanted`: a prompt stops within 20-60 ms instead of after its whole length."""
GPU_SLICE = 128
"""The same where all of a model lies on a GPU, which wants more at once: of 1.5 billion weights 0.4 T operations, 40 ms
on a desktop card and 150 on a Jetson. Reckoned, not measured."""
TOP_P = 0.9
"""Share of the probability among which is chosen, where nobody asks for another."""

_DONE = object()


class StepwiseLlm(ABC):
    """A model that works in steps of some 20 to 60 ms, between which it is asked whether anybody wants more."""

    context: int
    """Tokens of prompt and answer together."""

    @abstractmethod
    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        """Evaluate `tokens` beyond what the context already holds, a slice of them before each step."""

    @abstractmethod
    def sample(
        self,
        prompt: Sequence[int],
        *,
        not_first: Sequence[int],
        grammar: str | None,
        temperature: float | None,
        top_p: float | None,
    ) -> Iterator[int]:
        """Answer tokens to a `prompt` that was evaluated just now, until the model ends its turn or the context is
        full."""

    @abstractmethod
    def check(self, grammar: str) -> None:
        """Raises EngineError if `grammar` is none."""

    def prefill(self, tokens: Sequence[int], wanted: Wanted) -> bool:
        """Evaluate `tokens` beyond what the context already holds. False if given up because nobody wants it."""
        slices = self.slices(tokens)
        while wanted():
            if next(slices, _DONE) is _DONE:
                return True
        return False

    def generate(
        self,
        prompt: Sequence[int],
        wanted: Wanted,
        *,
        not_first: Sequence[int] = (),
        grammar: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
    ) -> Iterator[int]:
        """Answer tokens until the model ends its turn, the context is full, or nobody wants more.

        The answer does not begin with a token of `not_first`.
        With a `grammar` (GBNF, its start is `root`) tokens that it does not allow are never chosen, and repetition
        costs nothing: JSON is made of it. Raises EngineError if the prompt does not fit or the grammar is none.
        """
        if len(prompt) >= self.context:
            raise EngineError(f"The prompt has {len(prompt)} tokens and the context only {self.context}.")
        if grammar is not None:
            self.check(grammar)
        if not self.prefill(prompt, wanted):
            return
        for token in self.sample(prompt, not_first=not_first, grammar=grammar, temperature=temperature, top_p=top_p):
            if not wanted():
                return
            yield token


class LlamaCpp(StepwiseLlm):
    """One GGUF model, one context, one owner thread.

    `llama_decode` releases the GIL. A prompt that begins as one of the last ones did is evaluated from where the two
    part (KV cache), so a history that only grows costs its new words, also where several conversations take turns.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int,
        temperature: float,
        repeat_penalty: float,
        gpu_layers: int = 0,
        card: str | None = None,
    ) -> None:
        """Raises ModelError for a file that llama.cpp cannot load, or that its memory or the card's cannot hold."""
        self._temperature = temperature
        self._repeat_penalty = repeat_penalty
        self._model = LlamaModel(path, gpu_layers=gpu_layers, card=card)
        whole = self._model.all_offloaded
        self._slice = GPU_SLICE if whole else PREFILL_SLICE
        most = 1 if whole else threads  # the CPU then looks up embeddings, and further threads would only wait
        self._native = LlamaContext(self._model, cells=context, batch=self._slice, threads=most)
        self._free_cores = FreeCores(most)
        self._cache = KvCache(self._native, most_aside=context)
        self.context = context
        self._seeds = itertools.count()
        """Each answer has its own: asked again at a temperature, the model says something else."""

    def warm_up(self) -> None:
        """Evaluate a word and choose the next, so that what is done at first use is done."""
        prompt = self.tokenize("Hello")
        next(self.generate(prompt, lambda: True), None)

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Text to ids. `special` reads <|im_start|> and its like as control tokens; never use it on what people say."""
        return self._model.tokenize(text.encode(errors="replace"), special)

    def to_bytes(self, token: int) -> bytes:
        """The bytes of one token; part of a character is possible."""
        return self._model.to_bytes(token)

    def cached(self, tokens: Sequence[int]) -> int:
        """How many of `tokens`, from the first on, the context holds already."""
        return self._cache.cached(tokens)

    def forget(self, prompt: Sequence[int], start: int, count: int) -> None:
        """Leave out `count` tokens of `prompt` from `start` on: those after them move up and are not evaluated again.

        Dropping half of a full context (2,048 tokens, Qwen 0.5B, two cores) so costs 64 ms instead of 6.6 s. What the
        moved tokens have taken in of the forgotten ones stays with them, so this is for turns that become too old, not
        for something that must leave no trace. Where the model cannot do it (recurrent, sliding window) nothing is
        done, and `prefill` evaluates them again.
        """
        self._cache.forget(prompt, start, count)

    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        """Raises EngineError if llama.cpp gives up."""
        self._cache.open(tokens)
        for at in range(self._cache.length, len(tokens), self._slice):
            self._evaluate(tokens[at : at + self._slice], last=at + self._slice >= len(tokens))
            stepped()
            yield

    def sample(
        self,
        prompt: Sequence[int],
        *,
        not_first: Sequence[int],
        grammar: str | None,
        temperature: float | None,
        top_p: float | None,
    ) -> Iterator[int]:
        """Raises EngineError if llama.cpp gives up."""
        for _ in self.slices(prompt):
            pass  # unless somebody asked for something else since, all is in place
        if not_first:
            self._native.forbid(not_first)
            self._cache.fresh = False  # whoever asks for the same again may forbid others
        chooses = sampler(
            self._model,
            temperature=self._temperature if temperature is None else temperature,
            top_p=TOP_P if top_p is None else top_p,
            repeat_penalty=self._repeat_penalty if grammar is None else 1.0,
            seed=next(self._seeds),
            grammar=grammar,
        )
        with closing(chooses):
            for _ in range(self.context - len(prompt)):
                token = chooses.sample(self._native)
                stepped()
                if self._model.ends(token):
                    return
                yield token
                self._evaluate([token])

    def check(self, grammar: str) -> None:
        """Raises EngineError if `grammar` is none."""
        check(self._model, grammar)

    def _evaluate(self, tokens: Sequence[int], *, last: bool = True) -> None:
        self._native.use(self._free_cores.threads())
        try:
            self._native.evaluate(self._cache.length, tokens, last=last)
        except EngineError:
            self._cache.clear()
            raise
        self._cache.evaluated(tokens, fresh=last)
