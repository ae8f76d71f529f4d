"""GGUF files of a few hundred kilobytes with random weights: kinds of models that no profile has.

The format is llama.cpp's own (`ggml/docs/gguf.md`), the names of tensors those of its architectures.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

WORDS = (" the", " cat", " sat", " on", " mat", "12", "...", "getId", ".com", " Katze", "\u732b", "\u72ac", " dog")
"""Those of `speaking`, the most frequent one first."""
CONTROL = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
VOCABULARY = 64
_WIDTH = 32
_ALIGNED = 32
Tensors = dict[str, Any]
_rng = np.random.default_rng(0)


def recurrent(path: Path) -> Path:
    """A Mamba of two layers: its state is that of the last token alone, so no part of it can be taken back."""
    inner, state, rank = 64, 8, 4
    tensors = {}
    for layer in range(2):
        shapes = {
            "ssm_in.weight": (2 * inner, _WIDTH), "ssm_conv1d.weight": (inner, 4), "ssm_conv1d.bias": (inner,),
            "ssm_x.weight": (rank + 2 * state, inner), "ssm_dt.weight": (inner, rank), "ssm_dt.bias": (inner,),
            "ssm_d": (inner,), "ssm_out.weight": (_WIDTH, inner),
        }  # fmt: skip
        tensors |= {f"blk.{layer}.{name}": _random(*shape) for name, shape in shapes.items()}
        tensors |= {f"blk.{layer}.ssm_a": -abs(_random(inner, state)), f"blk.{layer}.attn_norm.weight": _ones(_WIDTH)}
    sizes = {
        "block_count": 2, "feed_forward_length": 0, "attention.head_count": 0, "ssm.conv_kernel": 4,
        "ssm.inner_size": inner, "ssm.state_size": state, "ssm.time_step_rank": rank,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }  # fmt: skip
    return _written(path, "mamba", sizes, tensors | {"output.weight": _random(VOCABULARY, _WIDTH)})


def sliding(path: Path, window: int) -> Path:
    """A Gemma 3 of six layers, of which five look back no further than `window` tokens."""
    head, forward = 16, 64
    tensors = {}
    for layer in range(6):
        shapes = {
            "attn_q": (2 * head, _WIDTH), "attn_k": (head, _WIDTH), "attn_v": (head, _WIDTH),
            "attn_output": (_WIDTH, 2 * head), "ffn_gate": (forward, _WIDTH), "ffn_up": (forward, _WIDTH),
            "ffn_down": (_WIDTH, forward),
        }  # fmt: skip
        tensors |= {f"blk.{layer}.{name}.weight": _random(*shape) for name, shape in shapes.items()}
        norms = {
            "attn_norm": _WIDTH, "post_attention_norm": _WIDTH, "ffn_norm": _WIDTH, "post_ffw_norm": _WIDTH,
            "attn_q_norm": head, "attn_k_norm": head,
        }  # fmt: skip
        tensors |= {f"blk.{layer}.{name}.weight": _ones(size) for name, size in norms.items()}
    sizes = {
        "block_count": 6, "feed_forward_length": forward, "attention.head_count": 2, "attention.head_count_kv": 1,
        "attention.key_length": head, "attention.value_length": head, "attention.sliding_window": window,
        "attention.layer_norm_rms_epsilon": 1e-6, "rope.freq_base": 10000.0,
    }  # fmt: skip
    return _written(path, "gemma3", sizes, tensors)


def speaking(path: Path) -> Path:
    """A Qwen 2 of two layers that knows bytes, WORDS and what these are merged of, CONTROL and 10 tokens of no use."""
    letters = _letters()
    tokens, merges = list(letters.values()), list[str]()
    for word in WORDS:
        left, *rest = (letters[byte] for byte in word.encode())
        for letter in rest:
            if left + letter not in tokens:
                merges.append(f"{left} {letter}")
                tokens.append(left + letter)
            left += letter
    kinds = [1] * len(tokens) + [3] * len(CONTROL) + [5] * 10
    tokens += [*CONTROL, *(f"[PAD{at}]" for at in range(10))]
    head, forward = 16, 64
    tensors = {"output.weight": _random(len(tokens), _WIDTH)}
    for layer in range(2):
        shapes = {"attn_q": (_WIDTH, _WIDTH), "attn_k": (head, _WIDTH), "attn_v": (head, _WIDTH)}
        shapes |= {"attn_output": (_WIDTH, _WIDTH), "ffn_gate": (forward, _WIDTH), "ffn_up": (forward, _WIDTH)}
        shapes |= {"ffn_down": (_WIDTH, forward)}
        tensors |= {f"blk.{layer}.{name}.weight": _random(*shape) for name, shape in shapes.items()}
        tensors |= {f"blk.{layer}.{name}.bias": _random(shapes[name][0]) for name in ("attn_q", "attn_k", "attn_v")}
        tensors |= {f"blk.{layer}.{name}.weight": _ones(_WIDTH) for name in ("attn_norm", "ffn_norm")}
    sizes = {
        "block_count": 2, "feed_forward_length": forward, "attention.head_count": 2, "attention.head_count_kv": 1,
        "attention.layer_norm_rms_epsilon": 1e-6, "rope.freq_base": 10000.0, "vocab_size": len(tokens),
    }  # fmt: skip
    ends = len(tokens) - 10 - len(CONTROL) + 1
    facts = {"model": "gpt2", "pre": "qwen2", "tokens": tokens, "token_type": kinds, "merges": merges}
    facts |= {"eos_token_id": ends, "bos_token_id": ends + 1, "padding_token_id": len(tokens) - 1}
    return _written(path, "qwen2", sizes, tensors, {f"tokenizer.ggml.{name}": fact for name, fact in facts.items()})


def _letters() -> dict[int, str]:
    """Byte -> how a byte-pair encoding writes it."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {byte: chr(256 + at) for at, byte in enumerate(others)}


def _random(*shape: int) -> Any:
    return (0.3 * _rng.standard_normal(shape)).astype(np.float32)


def _ones(size: int) -> Any:
    return np.ones(size, np.float32)


def _written(
    path: Path, architecture: str, sizes: dict[str, int | float], tensors: Tensors, more: dict[str, Any] | None = None
) -> Path:
    """Sizes are prefixed with the architecture; embedding and last norm are the same in all."""
    facts: dict[str, Any] = {"general.architecture": architecture, "tokenizer.ggml.model": "no_vocab"} | (more or {})
    sizes = {"context_length": 1024, "embedding_length": _WIDTH, "vocab_size": VOCABULARY} | sizes
    embedding = _random(int(sizes["vocab_size"]), _WIDTH)
    tensors = {"token_embd.weight": embedding, "output_norm.weight": _ones(_WIDTH)} | tensors
    facts |= {f"{architecture}.{name}": value for name, value in sizes.items()}
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts))
    header += b"".join(_text(name) + _value(value) for name, value in facts.items())
    data = b""
    for name, tensor in tensors.items():
        header += _text(name) + struct.pack("<I", tensor.ndim)
        header += b"".join(struct.pack("<Q", size) for size in reversed(tensor.shape))
        header += struct.pack("<IQ", 0, len(data))  # 0: float32
        data += _padded(tensor.tobytes())
    path.write_bytes(_padded(header) + data)
    return path


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: Any) -> bytes:
    if isinstance(value, list):
        kind, parts = (8 if isinstance(value[0], str) else 5), [_value(each)[4:] for each in value]
        return struct.pack("<IIQ", 9, kind, len(parts)) + b"".join(parts)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    return struct.pack("<II", 4, value) if isinstance(value, int) else struct.pack("<If", 6, value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNED)
