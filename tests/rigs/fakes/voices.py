"""Voices that are told by their level: each of a Scene's phrases has one of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.hear.enrolled import KnownVoice
from edge_agent.types import HEAR_RATE_HZ, Embedding, Samples
from tests.rigs.fakes.engines import FIRST_LEVEL, LEVEL_STEP

VOICES = 32


def spoken(voice: int, seconds: float) -> Samples:
    """Speech of this voice, as LevelAsr reads it."""
    return np.full(round(seconds * HEAR_RATE_HZ), FIRST_LEVEL + voice * LEVEL_STEP, np.float32)


@dataclass
class LevelEncoder:
    """All voices are at right angles to each other."""

    broken: bool = False
    given: list[Samples] = field(default_factory=list)

    def embed(self, samples: Samples) -> Embedding:
        if self.broken:
            raise EngineError("the speaker model is broken")
        self.given.append(samples)
        levels = np.round((samples[samples > FIRST_LEVEL / 2] - FIRST_LEVEL) / LEVEL_STEP).astype(int)
        counts = np.bincount(np.clip(levels, 0, VOICES - 1), minlength=VOICES).astype(np.float32)
        return counts / max(float(np.linalg.norm(counts)), 1e-9)

    def warm_up(self) -> None:
        pass

    def known(self, name: str, voice: int, since: object) -> KnownVoice:
        """The voice as it is enrolled."""
        return KnownVoice(name, self.embed(spoken(voice, 1.0)), 12.0, since)  # type: ignore[arg-type]
