"""VAD: is there speech in this frame? Silero v6 on ONNX Runtime."""

from __future__ import annotations

from collections import deque
from copy import copy
from pathlib import Path

import numpy as np

from edge_agent.onnx import open_session
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

CONTEXT = 64
"""Samples of the previous frame that the model wants in front of the current one (silero-vad, utils_vad.py)."""
FLOOR_FRAMES = 94
"""The least level of so many frames, 3 s, is taken for that of the background."""
QUIET = 10 ** (-50 / 20)
"""A background that is quieter than that, as RMS (-50 dBFS), is raised to it ..."""
MOST_GAIN = 3.0
"""... by at most so much. The model hears little of quiet speech: of 160 utterances at -50 dBFS in made-up rooms 28 %,
and 89 % of them so. A fixed gain does that as well, and takes twice as many noises for speech; this one takes none more
(docs/benchmarks.md, "Heard from afar")."""
SILENCE = 0.1
"""The probability below which a frame is silence ..."""
FORGET_FRAMES = 94
"""... of which so much, 3 s, is forgotten. In long silence the model grows deaf: behind 25 s of it it hears 45 % of the
utterances in made-up rooms at -42 dBFS, and 90 % of them so. Forgetting each second it takes music for speech three
times as often (docs/benchmarks.md, "Heard from afar")."""


class SileroVad:
    """Frame by frame, with the model's recurrent state kept between them, but for long silence. About 0.2 ms a frame on
    one x86 core."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path, threads=1)
        self._rate = np.array(HEAR_RATE_HZ, dtype=np.int64)
        self.reset()

    def another(self) -> SileroVad:
        """The same model, with a state of its own."""
        other = copy(self)
        other.reset()
        return other

    def reset(self) -> None:
        self._begin()
        self._context = np.zeros(CONTEXT, dtype=np.float32)
        self._levels: deque[float] = deque(maxlen=FLOOR_FRAMES)

    def _begin(self) -> None:
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._silent = 0
        """Frames of silence since then."""

    def warm_up(self) -> None:
        self.probability(np.zeros(HEAR_FRAME, dtype=np.float32))
        self.reset()

    def probability(self, samples: Samples) -> float:
        """Probability of speech in [0, 1] for `samples` of shape (512,) at 16 kHz."""
        samples = self._raised(samples)
        window = np.concatenate([self._context, samples])[np.newaxis]
        output, self._state = self._session.run(None, {"input": window, "state": self._state, "sr": self._rate})
        self._context = samples[-CONTEXT:]
        found = float(output[0, 0])
        self._silent = self._silent + 1 if found < SILENCE else 0
        if self._silent >= FORGET_FRAMES:
            self._begin()
        return found

    def _raised(self, samples: Samples) -> Samples:
        """Louder where the background is quiet."""
        self._levels.append(float(np.sqrt(np.mean(np.square(samples)))))
        gain = min(MOST_GAIN, QUIET / max(min(self._levels), QUIET / MOST_GAIN))
        return np.clip(samples * np.float32(gain), -1.0, 1.0) if gain > 1.0 else samples
