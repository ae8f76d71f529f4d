"""Whisper's decoder as two ONNX graphs with 8-bit weights: what it asks of the encoder once, and one pass over tokens.

The shape is that of Whisper (arXiv 2212.04356): pre-norm layers of causal self-attention, cross-attention and a GELU
feed-forward. m tokens go in, t = those before and these, n states of the window, s states of the silence behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.hear.decoder_weights import HEAD_SIZE, Tensor, UnknownLayout, Weights
from edge_agent.hear.onnx_writer import CONTRIB, Graph
from edge_agent.types import Samples

_BLOCK = 128
"""Weights that share a scale. With 32 a token took 5.5 ms instead of 4.2 (whisper-base, 2 threads)."""
_INT8 = 4
"""`accuracy_level` of MatMulNBits: activations in 8 bits, rounded in each block of each row apart."""


def cross_graph(weights: Weights) -> bytes:
    """Encoder states (n, width) -> for each layer their keys `k0`.. and values `v0`.., (heads, n, 64)."""
    graph, width, heads = Graph(), weights.embeddings.shape[1], weights.heads
    states = graph.input("states", ("n", width))
    for layer in range(weights.layers):
        keys, values = np.split(weights(f"layer_{layer}/attention/linear_1/weight"), 2)
        for name, weight in ((f"k{layer}", keys), (f"v{layer}", values)):
            _heads(graph, _linear(graph, states, weight), heads, to=name)
            graph.output(name, (heads, "n", HEAD_SIZE))
    return graph.model()


def decoder_graph(weights: Weights) -> bytes:
    """One pass over m tokens. Inputs:

    `x` (m, width): embeddings with positions; `mask` (m, t): 0, or -inf for what a token must not see;
    `rows` (r,): tokens whose logits are wanted; `sizes` (2,): n and s; for each layer
    `past_k0`.. `past_v0`.. (heads, t - m, 64), `near_k0`.. `near_v0`.. (heads, n, 64), `far_k0`.. (heads, s, 64).
    Outputs: `logits` (r, vocabulary); `k0`.. `v0`.. (heads, t, 64), the past of the next pass.
    """
    return _Pass(Graph(), weights).model()


@dataclass
class _Pass:
    graph: Graph
    weights: Weights

    def model(self) -> bytes:
        g, width = self.graph, self.weights.embeddings.shape[1]
        x = g.input("x", ("m", width))
        g.input("mask", ("m", "t"))
        rows = g.input("rows", ("r",), np.int64)
        g.input("sizes", (2,), np.int64)
        for layer in range(self.weights.layers):
            name = f"layer_{layer}"
            x = g.op("Add", x, self._self_attention(layer, self._norm(x, f"{name}/self_attention")))
            x = g.op("Add", x, self._cross_attention(layer, self._norm(x, f"{name}/attention")))
            x = g.op("Add", x, self._feed_forward(f"{name}/ffn", self._norm(x, f"{name}/ffn")))
        last = self._norm(g.op("Gather", x, rows, axis=0), "")
        vocabulary = self.weights.tensor("embeddings/weight")
        _linear(g, last, vocabulary, to="logits")
        g.output("logits", ("r", len(vocabulary)))
        return g.model()

    def _self_attention(self, layer: int, x: str) -> str:
        g, heads, name = self.graph, self.weights.heads, f"layer_{layer}/self_attention"
        qkv = _heads(g, self._linear(f"{name}/linear_0", x), 3 * heads)
        q, k, v = g.node("Split", qkv, to=(f"q{layer}", f"new_k{layer}", f"new_v{layer}"), axis=0)
        k, v = self._grown(f"k{layer}", k), self._grown(f"v{layer}", v)
        scores = g.op("Add", self._scores(q, k), "mask")
        seen = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
        return self._linear(f"{name}/linear_1", self._merged(seen))

    def _cross_attention(self, layer: int, x: str) -> str:
        """Attention to the window and the silence behind it, whose keys and values come apart so that nobody copies
        them."""
        g, name = self.graph, f"layer_{layer}/attention"
        q = _heads(g, self._linear(f"{name}/linear_0", x), self.weights.heads)
        near_k, near_v = (self._state(f"near_{kind}{layer}", "n") for kind in "kv")
        far_k, far_v = (self._state(f"far_{kind}{layer}", "s") for kind in "kv")
        scores = g.op("Concat", self._scores(q, near_k), self._scores(q, far_k), axis=-1)
        p = g.op("Softmax", scores, axis=-1)
        near_p, far_p = g.node("Split", p, "sizes", to=(f"near_p{layer}", f"far_p{layer}"), axis=-1)
        seen = g.op("Add", g.op("MatMul", near_p, near_v), g.op("MatMul", far_p, far_v))
        # The values' bias, the same for all states, comes through the softmax as it is; the keys' leaves no trace.
        out = self.weights(f"{name}/linear_2/weight")
        _, bias = np.split(self.weights(f"{name}/linear_1/bias"), 2)
        return _linear(g, self._merged(seen), out, self.weights(f"{name}/linear_2/bias") + out @ bias)

    def _feed_forward(self, name: str, x: str) -> str:
        hidden = self.graph.op("Gelu", self._linear(f"{name}/linear_0", x), domain=CONTRIB)
        return self._linear(f"{name}/linear_1", hidden)

    def _norm(self, x: str, name: str) -> str:
        prefix = f"{name}/layer_norm".lstrip("/")
        gamma, beta = (self.graph.constant(self.weights(f"{prefix}/{part}")) for part in ("gamma", "beta"))
        return self.graph.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)

    def _linear(self, name: str, x: str) -> str:
        return _linear(self.graph, x, self.weights(f"{name}/weight"), self.weights(f"{name}/bias"))

    def _scores(self, q: str, k: str) -> str:
        """q (heads, m, 64) . k (heads, n, 64), scaled: (heads, m, n)."""
        return self.graph.op("FusedMatMul", q, k, domain=CONTRIB, transB=1, alpha=HEAD_SIZE**-0.5)

    def _merged(self, x: str) -> str:
        """(heads, m, 64) -> (m, width)."""
        g, shape = self.graph, np.array([-1, self.weights.embeddings.shape[1]])
        return g.op("Reshape", g.op("Transpose", x, perm=(1, 0, 2)), g.constant(shape))

    def _state(self, name: str, size: str) -> str:
        return self.graph.input(name, (self.weights.heads, size, HEAD_SIZE))

    def _grown(self, name: str, new: str) -> str:
        """The past with `new` behind it, which is also an output."""
        self.graph.op("Concat", self._state(f"past_{name}", "past"), new, to=name, axis=1)
        return self.graph.output(name, (self.weights.heads, "t", HEAD_SIZE))


def _heads(graph: Graph, x: str, heads: int, to: str = "") -> str:
    """(m, width) -> (heads, m, width / heads)."""
    apart = graph.op("Reshape", x, graph.constant(np.array([0, heads, -1])))
    return graph.op("Transpose", apart, to=to, perm=(1, 0, 2))


def _linear(graph: Graph, x: str, weight: Tensor, bias: Samples | None = None, to: str = "") -> str:
    """x @ weight.T + bias, with `weight` (outputs, inputs) in 8 bits."""
    outputs, inputs = weight.shape
    codes, scales = quantised(weight)
    rest = () if bias is None else ("", "", graph.constant(bias))  # no zero points, no group index
    constants = graph.constant(codes), graph.constant(scales)
    shape = {"N": outputs, "K": inputs, "bits": 8, "block_size": _BLOCK, "accuracy_level": _INT8}
    return graph.op("MatMulNBits", x, *constants, *rest, to=to, domain=CONTRIB, **shape)


def quantised(weight: Tensor) -> tuple[npt.NDArray[np.uint8], Samples]:
    """Codes (outputs, blocks, 128), 128 meaning zero, and scales (outputs, blocks): weight = (code - 128) * scale.

    Raises UnknownLayout where the inputs are no multiple of a block.
    """
    outputs, inputs = weight.shape
    if inputs % _BLOCK:
        raise UnknownLayout(f"{inputs} inputs are no multiple of {_BLOCK}")
    codes = np.empty((outputs, inputs // _BLOCK, _BLOCK), np.uint8)
    scales = np.empty(codes.shape[:2], np.float32)
    for begin in range(0, outputs, 512):  # a piece stays in the cache: less memory, and half the time
        piece = slice(begin, begin + 512)
        blocks = weight[piece].astype(np.float32).reshape(-1, *codes.shape[1:])
        scales[piece] = np.maximum(np.abs(blocks).max(axis=2), 1e-12) / 127
        blocks /= scales[piece, :, np.newaxis]
        codes[piece] = blocks + 128.5  # what is cut off in the conversion rounds
    return codes, scales
