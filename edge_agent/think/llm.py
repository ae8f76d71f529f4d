"""LLM: prompt tokens -> answer tokens. llama.cpp with one context, its prompt prefix kept, stopped within one token."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edge_agent.errors import EngineError, ModelError

PREFILL_SLICE = 32
"""Tokens evaluated between two looks at `wanted`: a prompt stops within 20-60 ms instead of after its whole length."""

Wanted = Callable[[], bool]


class LlamaCpp:
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
            self._llm = llama_cpp.Llama(
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

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Text to ids. `special` reads <|im_start|> and its like as control tokens; never use it on what people say."""
        return list(self._llm.tokenize(text.encode(errors="replace"), add_bos=False, special=special))

    def to_bytes(self, token: int) -> bytes:
        """The bytes of one token; part of a character is possible."""
        return bytes(self._llm.detokenize([token]))

    def prefill(self, tokens: Sequence[int], wanted: Wanted) -> bool:
        """Evaluate `tokens` beyond what the context already holds. False if given up because nobody wants it."""
        llm = self._llm
        held = llm.input_ids[: llm.n_tokens].tolist()
        common = _common_prefix(held, tokens)
        if common < llm.n_tokens and not llm._ctx.kv_cache_seq_rm(-1, common, -1):
            llm.reset()  # recurrent and sliding-window models cannot forget a part
            common = 0
        if common < llm.n_tokens:
            llm._requires_eval = True  # the logits at hand belong to a token that is forgotten
        llm.n_tokens = common
        for at in range(common, len(tokens), PREFILL_SLICE):
            if not wanted():
                return False
            llm.eval(list(tokens[at : at + PREFILL_SLICE]))
        return True

    def generate(self, prompt: Sequence[int], wanted: Wanted) -> Iterator[int]:
        """Answer tokens until the model ends its turn, the context is full, or nobody wants more.

        `Llama.generate` finds the whole prompt in place and samples at once; leaving it the last token cost 22 ms.
        Raises EngineError if the prompt does not fit.
        """
        if len(prompt) >= self.context:
            raise EngineError(f"The prompt has {len(prompt)} tokens and the context only {self.context}.")
        try:
            if not self.prefill(prompt, wanted):
                return
            tokens = self._llm.generate(
                list(prompt), temp=self._temperature, repeat_penalty=self._repeat_penalty, top_k=40, top_p=0.9
            )
            for _ in range(self.context - len(prompt)):
                token = next(tokens)
                if self._ends(token) or not wanted():
                    return
                yield token
        except RuntimeError as error:  # llama_decode returned a code
            self._llm.reset()
            raise EngineError(f"The language model failed ({error}).") from error

    def _ends(self, token: int) -> bool:
        vocab = self._cpp.llama_model_get_vocab(self._llm.model)
        return bool(self._cpp.llama_vocab_is_eog(vocab, ctypes.c_int32(token)))


def _common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))
