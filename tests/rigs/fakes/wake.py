"""A wake engine that reads a script: which names are recognized when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_agent.hear.wake import Recognized
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples


@dataclass
class ScriptedWake:
    """A name for each time, in seconds of what it has been given; one with "?" behind it is in doubt."""

    script: Mapping[float, str]
    frames: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.rstrip("?") for name in self.script.values()))

    def push(self, samples: Samples) -> Recognized | None:
        before_s = self.frames * HEAR_FRAME / HEAR_RATE_HZ
        self.frames += 1
        now_s = self.frames * HEAR_FRAME / HEAR_RATE_HZ
        said = [name for at_s, name in self.script.items() if before_s < at_s <= now_s]
        return Recognized(said[0].rstrip("?"), 1.0, sure=not said[0].endswith("?")) if said else None
