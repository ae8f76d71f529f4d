"""Resemblyzer: a speaker encoder on ONNX Runtime: what a voice sounds like, as a vector of 256 numbers.

An LSTM of three layers over mel spectra, after "Generalized End-to-End Loss for Speaker Verification" (Wan et al.,
2018). Its weights are a file of PyTorch, which is read without it and becomes a graph as it is loaded.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.errors import EngineError, ModelError
from edge_agent.hear.onnx_writer import Graph
from edge_agent.hear.torch_file import Tensors, read_tensors
from edge_agent.onnx import open_session
from edge_agent.types import HEAR_RATE_HZ, Embedding, Samples

LAYERS, WIDTH = 3, 256
WINDOW, HOP, BANDS = 400, 160, 40
"""25 ms, 10 ms and 40 bands up to 8 kHz: what the model was trained on, as are the two below."""
STEPS = 160
"""Steps that the model looks at together: 1.6 s."""
LEVEL_DB = -30.0
"""The level in dBFS that a voice is brought to."""
STRIDE = 80
"""Steps between two looks: they overlap by a half."""


class Resemblyzer:
    """It looks at stretches of 1.6 s and takes their mean. One look takes 10 ms on one x86 core, two to four 30 ms
    (2026-11-30); by numpy alone 36 and 150."""

    def __init__(self, file: Path) -> None:
        """Raises ModelError."""
        self._session = open_session(_graph(read_tensors(file, "model_state"), file), threads=1)

    def warm_up(self) -> None:
        """Runs once, so that the first voice is as fast as the second."""
        self.embed(np.full(HEAR_RATE_HZ, 0.1, np.float32))

    def embed(self, samples: Samples) -> Embedding:
        """Returns the direction of a voice: 256 numbers of length 1. `samples` is speech alone, at HEAR_RATE_HZ; less
        than 1.6 s of it is repeated. Raises EngineError.
        """
        level = np.sqrt(np.mean(np.square(samples))) if len(samples) else 0.0
        loud = samples * (10 ** (LEVEL_DB / 20) / max(level, 1e-6))
        bands = _mel(np.resize(loud, max(len(loud), STEPS * HOP)).astype(np.float32))
        firsts = range(0, max(1, len(bands) - STEPS + STRIDE // 2), STRIDE)
        looks = [bands[min(first, len(bands) - STEPS) :][:STEPS] for first in firsts]
        try:
            (found,) = self._session.run(None, {"bands": np.stack(looks, axis=1)})
        except Exception as error:  # onnxruntime raises a dozen unrelated classes
            raise EngineError(f"The speaker model failed ({type(error).__name__}).") from error
        return unit(np.sum([unit(each) for each in found], axis=0))


def unit(vector: Embedding) -> Embedding:
    """The same direction, of length 1."""
    scaled: Embedding = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return scaled.astype(np.float32)


def _mel(samples: Samples) -> npt.NDArray[np.float32]:
    """Power in each band, of shape (steps, BANDS)."""
    padded = np.pad(samples, WINDOW // 2)
    count = len(samples) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    power = np.abs(np.fft.rfft(frames * _hann())) ** 2
    return (power @ _filters()).astype(np.float32)


@lru_cache
def _hann() -> npt.NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)


@lru_cache
def _filters() -> npt.NDArray[np.float64]:
    """Triangles of equal area on the scale of Slaney's Auditory Toolbox: even up to 1 kHz, logarithmic above it."""
    linear, step = 1000 / (200 / 3), np.log(6.4) / 27
    top = linear + np.log(HEAR_RATE_HZ / 2 / 1000) / step
    mels = np.linspace(0, top, BANDS + 2)
    hz = np.where(mels < linear, mels * 200 / 3, 1000 * np.exp(step * (mels - linear)))
    bins = np.fft.rfftfreq(WINDOW, 1 / HEAR_RATE_HZ)[:, np.newaxis]
    left, middle, right = hz[:-2], hz[1:-1], hz[2:]
    heights = np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle))
    triangles: npt.NDArray[np.float64] = np.maximum(0, heights) * 2 / (right - left)
    return triangles


def _graph(weights: Tensors, file: Path) -> bytes:
    """Raises ModelError if a tensor is missing, or of another shape."""
    graph = Graph()
    values = graph.input("bands", (STEPS, "looks", BANDS))
    try:
        for layer in range(LAYERS):
            own = [weights[f"lstm.{name}_l{layer}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            into, again, *biases = map(_gates, own)
            if again.shape != (1, 4 * WIDTH, WIDTH):
                raise ValueError("another width")
            constants = map(graph.constant, (into, again, np.concatenate(biases, axis=1)))
            every, last = graph.node(
                "LSTM", values, *constants, to=(f"every{layer}", f"last{layer}"), hidden_size=WIDTH
            )
            values = graph.op("Squeeze", every, graph.constant(np.array([1])))
        last = graph.op("Squeeze", last, graph.constant(np.array([0])))
        linear = graph.constant(weights["linear.weight"]), graph.constant(weights["linear.bias"])
        graph.op("Relu", graph.op("Gemm", last, *linear, transB=1), to="voices")
    except (KeyError, ValueError) as error:
        raise ModelError(f"{file} does not hold this model ({error}).") from error
    graph.output("voices", ("looks", WIDTH))
    return graph.model()


def _gates(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """PyTorch has the gates in the order input, forget, cell, output; ONNX input, output, forget, cell."""
    enter, forget, cell, out = np.split(weights, 4)
    return np.concatenate([enter, out, forget, cell])[np.newaxis]
