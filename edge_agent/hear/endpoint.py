"""Endpointing: does the turn sound finished? Smart Turn v3.2, and how long to wait for it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.errors import EngineError
from edge_agent.interfaces import Endpoint
from edge_agent.onnx import open_session
from edge_agent.types import HEAR_RATE_HZ, Samples

log = logging.getLogger(__name__)

_ASIDE = ThreadPoolExecutor(1, thread_name_prefix="endpoint")
"""Scores beside the ASR, one after the other. Lasting: with a thread for each, a score took 58 ms instead of 47 and the
heap went up and down by 30 MB."""
WINDOW_S = 8.0
"""Smart Turn looks at the last 8 s, with zeros in front of a shorter turn (pipecat-ai/smart-turn, model card)."""


class SmartTurn:
    """Whisper-tiny encoder with a linear head, int8: 55 ms a score on one x86 core, 35 on two (2026-11-22)."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        self._session = open_session(path, threads=threads)
        self._extract = FeatureExtractor(chunk_length=int(WINDOW_S))

    def warm_up(self) -> None:
        self.score(np.zeros(HEAR_RATE_HZ, dtype=np.float32))

    def score(self, samples: Samples) -> float:
        """Probability in [0, 1] that a turn is finished; `samples` at 16 kHz end with a little of the silence.

        Raises EngineError.
        """
        wanted = int(WINDOW_S * HEAR_RATE_HZ)
        recent = samples[-wanted:]
        window = np.pad(recent, (wanted - len(recent), 0))
        # The model was trained on waveforms of zero mean and unit variance, padding included.
        window = (window - window.mean()) / np.sqrt(window.var() + 1e-7)
        features: npt.NDArray[np.float32] = self._extract(window.astype(np.float32), padding=0)[:, :800]
        try:
            (output,) = self._session.run(None, {"input_features": features[np.newaxis].astype(np.float32)})
        except Exception as error:  # onnxruntime raises a dozen unrelated classes
            raise EngineError(f"The endpoint model failed ({type(error).__name__}).") from error
        return float(output[0, 0])


class Scoring:
    """Asks an endpoint model, in the caller's thread or beside it. Where it fails, words and pauses decide."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        _ASIDE.submit(bool)  # its thread starts now, and not within the first turn

    def score(self, samples: Samples) -> list[float]:
        """The score; none if the model fails."""
        try:
            return [self._endpoint.score(samples)]
        except EngineError as error:
            log.warning("The end of a turn is decided without its sound: %s", error)
            return []

    def score_aside(self, samples: Samples) -> Future[list[float]]:
        """The same, later."""
        return _ASIDE.submit(self.score, samples)


class FixedHold:
    """An endpoint model for turns that end by a timer: each sounds finished, and it costs nothing to say so."""

    def score(self, samples: Samples) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """How much silence commits a turn that sounds finished with probability p.

    `short_s` from `sure` upward, `long_s` at `doubt` and below, a straight line between; never above `max_s`.
    """

    short_s: float
    long_s: float
    max_s: float
    sure: float
    doubt: float

    def hold_s(self, p: float) -> float:
        share = (self.sure - p) / (self.sure - self.doubt)
        return min(self.max_s, self.short_s + (self.long_s - self.short_s) * min(1.0, max(0.0, share)))
