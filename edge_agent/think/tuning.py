"""Tuning: which format of an LLM's weights this machine reads fastest, and how far each strays from the original."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.think.llama import LlamaContext, LlamaModel

SIZES = (1, 8, 32)
"""Tokens evaluated at once: one of an answer, what is new behind the user's last word, a slice of a prompt."""
FIRST_WORDS = 6
"""Tokens of an answer until the voice can begin, in the median of `bench turns`."""
LEAST_GAIN = 0.05
"""Share of the time that another format must save: less is within what one machine strays by from run to run."""
MOST_STRAY = 0.15
"""Nats that a format may stray. Of Qwen 0.5B the kept ones stray by 0.07 and 0.09, plain Q4_0 by 0.13, and its tools
are then called right 5 points less often (docs/benchmarks.md, "Formats of weights")."""
_CELLS, _BATCH, _ROUNDS = 512, 32, 9
_BEST = 10
"""Percentile of the times that counts: what else runs can only add to them."""

_TEXT = """What can I do for you? Please set a timer for the pasta, and remind me at half past six to call my sister.
Your timer is set. It rings in eleven minutes. I will remind you of your sister at half past six this evening.
Thank you. And what is the difference between a frog and a toad? Both are amphibians. A frog has smooth, wet skin and
long legs, and it lives close to water. A toad is dry and warty, walks more than it jumps, and can live far from ponds.
"""
_ROLES = b"system\nuser\nassistant\ntool\nmodel\n"


@dataclass(frozen=True, slots=True)
class FormatTimes:
    """What was measured of a file."""

    ms: dict[int, float]
    """Tokens evaluated at once -> milliseconds, behind a hundred others; the best tenth."""
    scores: npt.NDArray[np.float32]
    """Log-probabilities behind each token of a text; (tokens, vocabulary)."""
    tokens: tuple[int, ...] = ()
    """The tokens of that text, and those that say whose turn it is in a prompt."""
    kept: npt.NDArray[np.intp] | None = None
    """What the tokens of a trimmed vocabulary were in the original; None where it has them all."""

    @property
    def wait_ms(self) -> float:
        """The time from the user's last word to the first words of an answer."""
        return self.ms[8] + FIRST_WORDS * self.ms[1]


def read(path: Path, *, threads: int, kept: Sequence[int] | None = None) -> FormatTimes:
    """Loads and measures a GGUF file; on two cores 4 s for 0.5 billion weights. Raises ModelError, EngineError."""
    model = LlamaModel(path)
    context = LlamaContext(model, cells=_CELLS, batch=_BATCH, threads=threads)
    tokens = model.tokenize(_TEXT.encode(), special=False)
    scores, single = [], []
    for position, token in enumerate(tokens):
        began = time.perf_counter()
        context.evaluate(position, [token])
        single.append(time.perf_counter() - began)
        scores.append(_log_probabilities(context.logits()))
    times = {1: single} | {size: [_batch_s(context, tokens, size) for _ in range(_ROUNDS)] for size in SIZES[1:]}
    ms = {size: round(1000 * float(np.percentile(taken, _BEST)), 1) for size, taken in times.items()}
    return FormatTimes(
        ms,
        np.array(scores),
        (*tokens, *model.tokenize(_ROLES, special=False)),
        None if kept is None else np.array(kept),
    )


def stray(reading: FormatTimes, original: FormatTimes) -> float:
    """How far a format strays from the original: the mean Kullback-Leibler divergence of the next token, in nats.

    Of a trimmed vocabulary that is the divergence from the odds of the kept tokens, and theirs from those of all.
    """
    scores, left = original.scores, np.zeros(len(original.scores), np.float32)
    if reading.kept is not None:
        scores = scores[:, reading.kept]
        left = np.log(np.exp(scores).sum(axis=1))
    share = np.exp(scores - left[:, None])
    return float(((share * (scores - reading.scores)).sum(axis=1) - 2 * left).mean())


def fastest(original: FormatTimes, others: Sequence[FormatTimes]) -> FormatTimes:
    """The one to keep: the fastest that strays little enough; the original if none saves LEAST_GAIN."""
    good = [each for each in others if stray(each, original) <= MOST_STRAY]
    best = min(good, key=lambda each: each.wait_ms, default=original)
    return best if best.wait_ms <= (1 - LEAST_GAIN) * original.wait_ms else original


def _batch_s(context: LlamaContext, tokens: list[int], size: int) -> float:
    """The time to evaluate the last tokens of the text again, as a batch."""
    start = len(tokens) - size
    context.cut(start)
    began = time.perf_counter()
    context.evaluate(start, tokens[start:])
    return time.perf_counter() - began


def _log_probabilities(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    above = logits - logits.max()
    return np.asarray(above - np.log(np.exp(above).sum()), np.float32)
