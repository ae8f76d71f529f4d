"""LLM: prompt tokens -> answer tokens. llama.cpp with one context, its prompt prefix kept, stopped within one token."""

from __future__ import annotations

import ctypes
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_agent.errors import EngineError, ModelError
from edge_agent.interfaces import Wanted
from edge_agent.waits import stepped

PREFILL_SLICE = 32
"""Tokens evaluated between two looks at `wanted`: a prompt stops within 20-60 ms instead of after its whole length."""

_DONE = object()


class StepwiseLlm(ABC):
    """A model that works in steps of some 20 to 60 ms, between which it is asked whether anybody wants more."""

    context: int
    """Tokens of prompt and answer together."""

    @abstractmethod
    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        """Evaluate `tokens` beyond what the context already holds, PREFILL_SLICE of them before each step."""

    @abstractmethod
    def sample(
        self, prompt: Sequence[int], *, not_first: Sequence[int], grammar: str | None, temperature: float | None
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
        for token in self.sample(prompt, not_first=not_first, grammar=grammar, temperature=temperature):
            if not wanted():
                return
            yield token


class LlamaCpp(StepwiseLlm):
    """One GGUF model, one context, one owner thread.

    `llama_decode` releases the GIL. Nothing is copied between turns: a prompt that begins as the last one did is
    evaluated from where the two part (KV cache), so a history that only grows costs its new words.
    """

    def __init__(self, path: Path, *, context: int, threads: int, temperature: float, repeat_penalty: float) -> None:
        import llama_cpp

        self._cpp = llama_cpp
        self._temperature = temperature
        self._repeat_penalty = repeat_penalty
        try:
            self._llm = _without_templates(llama_cpp.Llama)(
                str(path),
                n_ctx=context,
                n_batch=PREFILL_SLICE,  # a full batch holds n_batch x vocabulary logits: 311 MB at 512 for Qwen
                n_threads=threads,  # the default is half the cores: 1 on a 2-core machine
                n_threads_batch=threads,
                seed=0,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError, AssertionError) as error:
            raise ModelError(f"llama.cpp cannot load {path} ({error}).") from error
        self.context = context
        self._vocab = llama_cpp.llama_model_get_vocab(self._llm.model)

    def warm_up(self) -> None:
        """Evaluate a word and choose the next, so that what is done at first use is done."""
        prompt = self.tokenize("Hello")
        next(self.generate(prompt, lambda: True), None)

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Text to ids. `special` reads <|im_start|> and its like as control tokens; never use it on what people say."""
        return list(self._llm.tokenize(text.encode(errors="replace"), add_bos=False, special=special))

    def to_bytes(self, token: int) -> bytes:
        """The bytes of one token; part of a character is possible."""
        return bytes(self._llm.detokenize([token]))

    def cached(self, tokens: Sequence[int]) -> int:
        """How many of `tokens`, from the first on, the context holds already."""
        return _common_prefix(self._llm.input_ids[: self._llm.n_tokens].tolist(), tokens)

    def forget(self, start: int, count: int) -> None:
        """Leave out `count` tokens from `start` on: those after them move up and are not evaluated again.

        Dropping half of a full context (2,048 tokens, Qwen 0.5B, two cores) so costs 64 ms instead of 6.6 s. What the
        moved tokens have taken in of the forgotten ones stays with them, so this is for turns that become too old, not
        for something that must leave no trace. Where the model cannot do it (recurrent, sliding window) nothing is
        done, and `prefill` evaluates them again.
        """
        llm = self._llm
        memory = self._cpp.llama_get_memory(llm._ctx.ctx)
        end = start + count
        if end >= llm.n_tokens or not self._cpp.llama_memory_can_shift(memory):
            return
        if not llm._ctx.kv_cache_seq_rm(0, start, end):
            return
        llm._ctx.kv_cache_seq_shift(0, end, llm.n_tokens, -count)
        llm.input_ids[start : llm.n_tokens - count] = llm.input_ids[end : llm.n_tokens].copy()
        llm.n_tokens -= count

    def slices(self, tokens: Sequence[int]) -> Iterator[None]:
        """Raises EngineError if llama.cpp gives up."""
        llm = self._llm
        common = self.cached(tokens)
        if common < llm.n_tokens:
            common = max(0, min(common, len(tokens) - 1))  # the logits at hand belong to a token that is forgotten
        if common < llm.n_tokens and not llm._ctx.kv_cache_seq_rm(-1, common, -1):
            llm.reset()  # recurrent and sliding-window models cannot forget a part
            common = 0
        llm.n_tokens = common
        with self._translated():
            for at in range(common, len(tokens), PREFILL_SLICE):
                llm.eval(list(tokens[at : at + PREFILL_SLICE]))
                stepped()
                yield

    def sample(
        self, prompt: Sequence[int], *, not_first: Sequence[int], grammar: str | None, temperature: float | None
    ) -> Iterator[int]:
        """`Llama.generate` finds the whole prompt in place and samples at once; leaving it the last token cost 22 ms.

        Raises EngineError if llama.cpp gives up.
        """
        logits = self._llm._ctx.get_logits_ith(-1)
        for token in not_first:
            logits[token] = -math.inf
        with self._translated():
            tokens = self._llm.generate(
                list(prompt),
                temp=self._temperature if temperature is None else temperature,
                repeat_penalty=self._repeat_penalty if grammar is None else 1.0,
                top_k=40,
                top_p=0.9,
                grammar=None if grammar is None else self._cpp.LlamaGrammar.from_string(grammar),
            )
            sampler = None
            try:
                for _ in range(self.context - len(prompt)):
                    token = next(tokens)
                    stepped()
                    sampler = self._llm._sampler
                    if self._ends(token):
                        return
                    yield token
            finally:
                # Its list of candidates (12 bytes for each token of the vocabulary) would stay until Python looks for
                # cycles, as a sampler of llama-cpp-python 0.3.36 refers to itself: 6 MB more after 125 answers.
                if sampler is not None:
                    sampler.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # llama_decode returned a code
            self._llm.reset()
            raise EngineError(f"The language model failed ({error}).") from error

    def check(self, grammar: str) -> None:
        """llama-cpp-python does not ask, and crashes on one that is none."""
        sampler = self._cpp.llama_sampler_init_grammar(self._vocab, grammar.encode(), b"root")
        if not sampler:
            raise EngineError("llama.cpp cannot read the grammar of a tool's arguments.")
        self._cpp.llama_sampler_free(sampler)

    def _ends(self, token: int) -> bool:
        return bool(self._cpp.llama_vocab_is_eog(self._vocab, ctypes.c_int32(token)))


def _common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _without_templates(llama: Any) -> Any:
    """A subclass of `Llama` that never sees the chat templates of its file.

    llama-cpp-python 0.3.36 compiles them with Jinja while it loads, although ours (template.py) alone are used: code of
    a stranger's file in a compiler that had holes (CVE-2024-34359, CVE-2025-27516), and a traceback for a broken one.
    """

    def keep(model: Any, metadata: dict[str, str]) -> None:
        model.__dict__["metadata"] = {
            key: value for key, value in metadata.items() if not key.startswith("tokenizer.chat_template")
        }

    return type("Llama", (llama,), {"metadata": property(lambda model: model.__dict__["metadata"], keep)})
