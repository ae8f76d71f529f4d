"""llama.cpp by its C calls: a model, and a context with its cells."""

from __future__ import annotations

import ctypes
import logging
import math
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import ComputeFailed, EngineError, ModelError
from edge_agent.think.cards import chosen_devices, stand_in


def library() -> Any:
    """The C calls of llama.cpp, ready and silent. Raises EngineError where it cannot be loaded."""
    stand_in()
    try:
        import llama_cpp as cpp
    except (RuntimeError, OSError) as error:
        why = str(error).rpartition("': ")[2]
        raise EngineError(f"llama.cpp cannot be loaded: {why}.", fix="scripts/run --gpu cpu") from error

    logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # it prints, and takes warnings for errors
    cpp.llama_backend_init()
    return cpp


class LlamaModel:
    """The weights and the vocabulary of a GGUF file.

    Not `llama_cpp.Llama`: it compiles the chat templates of the file with Jinja, code of a
    stranger in a compiler that had holes (CVE-2024-34359, CVE-2025-27516).
    """

    def __init__(self, path: Path, *, gpu_layers: int = 0, card: str | None = None) -> None:
        """`gpu_layers`: how many lie on the card of that name, the head first, then the last ones.

        Raises ModelError for a file that llama.cpp cannot load.
        """
        cpp = self.cpp = library()
        params = cpp.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        chosen = chosen_devices(card if gpu_layers else None)
        if gpu_layers and len(chosen) == 1:  # the end of the list alone
            raise ModelError(f"llama.cpp finds no card of the name {card}.", fix="edge-agent doctor")
        params.devices = ctypes.addressof(chosen)
        params.load_mode = cpp.LLAMA_LOAD_MODE_MMAP
        self.pointer = cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self.pointer:
            raise ModelError(f"llama.cpp cannot load {path}.")
        _free_with(self, cpp.llama_model_free, self.pointer)
        self.vocab = cpp.llama_model_get_vocab(self.pointer)
        self.offloaded = gpu_layers > 0
        self.all_offloaded = gpu_layers > int(cpp.llama_model_n_layer(self.pointer))
        """Whether nothing but the embeddings is on the CPU: the head counts as a layer."""
        self.window = int(cpp.llama_model_n_swa(self.pointer))
        """Tokens that a layer with a sliding window looks back; 0 for a model without."""

    def tokenize(self, text: bytes, special: bool) -> list[int]:
        most = len(text) + 8  # a token is a byte or more; some vocabularies put a blank in front
        tokens = (self.cpp.llama_token * most)()
        count = self.cpp.llama_tokenize(self.vocab, text, len(text), tokens, most, False, special)
        return list(tokens[:count])

    def to_bytes(self, token: int) -> bytes:
        size = 32
        while True:
            buffer = ctypes.create_string_buffer(size)
            written = self.cpp.llama_token_to_piece(self.vocab, token, buffer, size, 0, False)
            if written >= 0:
                return buffer.raw[:written]
            size = -written

    def ends(self, token: int) -> bool:
        """Whether the model ends its turn with it."""
        return bool(self.cpp.llama_vocab_is_eog(self.vocab, token))


class LlamaContext:
    """The cells (`kv_cache.Cells`), the threads, and the logits of what was evaluated last."""

    def __init__(self, model: LlamaModel, *, cells: int, batch: int, threads: int) -> None:
        """Raises ModelError where there is not enough memory."""
        cpp = self._cpp = model.cpp
        self._window, self._vocab = model.window, model.vocab
        params = cpp.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = params.n_ubatch = batch
        params.n_outputs_max = 1  # 0.6 MB of logits for each (Qwen 0.5B), and the last one's are all that are read
        params.n_threads = params.n_threads_batch = threads  # the default is 4
        # On a CPU a prompt takes up to three times as long with it; on a card llama.cpp knows best.
        on_cpu = cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = cpp.LLAMA_FLASH_ATTN_TYPE_AUTO if model.offloaded else on_cpu
        self.pointer = cpp.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise ModelError(f"llama.cpp cannot make a context of {cells} tokens.")
        _free_with(self, cpp.llama_free, self.pointer, model)
        self._memory = cpp.llama_get_memory(self.pointer)
        self._threads = threads
        self._moving = False
        self._batch = cpp.llama_batch_init(batch, 0, 1)
        _free_with(self, cpp.llama_batch_free, self._batch)

    def evaluate(self, start: int, tokens: Sequence[int], *, last: bool = True) -> None:
        """Evaluates at most a batch of `tokens` from position `start` on; the logits at hand are those of the last one.

        Where more of the same prompt follow, it is not the `last`: there are no logits, and the output head is spared.
        Raises EngineError if llama.cpp gives up.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = token, start + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = False
        batch.logits[len(tokens) - 1] = last
        code = self._cpp.llama_decode(self.pointer, batch)
        if code != 0:
            raise (ComputeFailed if code < 0 else EngineError)(
                f"The language model failed (llama_decode returned {code})."
            )
        self._moving = False

    def use(self, threads: int) -> None:
        """Evaluates on so many threads from now on. What comes of it is the same: each sum is made by one of them."""
        if threads != self._threads:
            self._threads = threads
            self._cpp.llama_set_n_threads(self.pointer, threads, threads)

    def logits(self) -> npt.NDArray[np.float32]:
        """The logits at hand, one for each token of the vocabulary, until something else is evaluated."""
        size = self._cpp.llama_vocab_n_tokens(self._vocab)
        return np.ctypeslib.as_array(self._cpp.llama_get_logits_ith(self.pointer, -1), (size,))

    def forbid(self, tokens: Sequence[int]) -> None:
        """None of them is sampled from the logits at hand."""
        logits = self._cpp.llama_get_logits_ith(self.pointer, -1)
        for token in tokens:
            logits[token] = -math.inf

    def cut(self, start: int) -> bool:
        if start > 0 and self._cpp.llama_memory_seq_pos_min(self._memory, 0) > max(0, start - self._window):
            return False
        return bool(self._cpp.llama_memory_seq_rm(self._memory, 0, start, -1))

    def close_gap(self, start: int, end: int) -> bool:
        if not self._cpp.llama_memory_can_shift(self._memory):
            return False
        if not self._cpp.llama_memory_seq_rm(self._memory, 0, start, end):
            return False
        self._cpp.llama_memory_seq_add(self._memory, 0, end, -1, start - end)
        self._moving = True
        return True

    def save(self) -> npt.NDArray[np.uint8] | None:
        if self._moving:  # llama.cpp turns the keys of cells that have moved when it evaluates the next time
            return None
        state = np.empty(self._cpp.llama_state_seq_get_size(self.pointer, 0), np.uint8)
        written = self._cpp.llama_state_seq_get_data(self.pointer, _bytes_of(state), state.size, 0)
        return state if 0 < written == state.size else None

    def restore(self, state: npt.NDArray[np.uint8]) -> bool:
        self.cut(0)
        self._moving = False
        if self._cpp.llama_state_seq_set_data(self.pointer, _bytes_of(state), state.size, 0) == state.size:
            return True
        self.cut(0)
        return False


def _bytes_of(state: npt.NDArray[np.uint8]) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def _free_with(owner: object, free: Callable[[Any], object], pointer: Any, *needed: object) -> None:
    """When `owner` goes, and before what is `needed`. Not at the end of the process: a thread may still evaluate."""
    weakref.finalize(owner, lambda needed: free(pointer), needed).atexit = False
