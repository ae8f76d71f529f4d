"""GGUF files of a few hundred kilobytes with random weights: kinds of models that no profile has.

The format is llama.cpp's own (`ggml/docs/gguf.md`), the names of tensors those of its architectures.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

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


def _random(*shape: int) -> Any:
    return (0.3 * _rng.standard_normal(shape)).astype(np.float32)


def _ones(size: int) -> Any:
    return np.ones(size, np.float32)


def _written(path: Path, architecture: str, sizes: dict[str, int | float], tensors: Tensors) -> Path:
    """Sizes are prefixed with the architecture; embedding and last norm are the same in both."""
    tensors = {"token_embd.weight": _random(VOCABULARY, _WIDTH), "output_norm.weight": _ones(_WIDTH)} | tensors
    facts: dict[str, str | int | float] = {"general.architecture": architecture, "tokenizer.ggml.model": "no_vocab"}
    sizes = {"context_length": 1024, "embedding_length": _WIDTH, "vocab_size": VOCABULARY} | sizes
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
    return struct.pack("<Q", len(text)) + text.encode()


def _value(value: str | int | float) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    return struct.pack("<II", 4, value) if isinstance(value, int) else struct.pack("<If", 6, value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNED)
