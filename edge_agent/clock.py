"""Time as a parameter: who needs it is given a clock, real or of a test's making."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds, monotonic, from an arbitrary origin."""

    def sleep_until(self, at: float) -> None:
        """Return when `now() >= at`; at once if it already is."""


class RealClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep_until(self, at: float) -> None:
        delay = at - time.monotonic()
        if delay > 0:
            time.sleep(delay)


class ManualClock:
    """Time that moves only when told, or when somebody sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep_until(self, at: float) -> None:
        self._now = max(self._now, at)
