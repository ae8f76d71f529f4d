"""Echo watch: whether, and how late, the microphone hears the loudspeaker. Looks while our own voice sounds."""

from __future__ import annotations

import numpy as np

from edge_agent.lines.delay import MOST_S, WINDOW_S, Echo, find_echo
from edge_agent.lines.reference import Reference
from edge_agent.types import HEAR_RATE_HZ, Samples

FIRST_S, UNKNOWN_S, KNOWN_S = 0.5, 0.25, 2.0
"""Seconds of our own voice before the first look, then between two looks: until it is known whether there is an echo,
and from then on. A look takes 2 ms."""
TRIES = 8
"""Looks without an echo after which there is none: 2 s of our own voice."""
SURE = 12.0
"""An echo of this clarity is one; a weaker one when it has been found twice."""
MOVED = round(0.004 * HEAR_RATE_HZ)
"""A delay that differs by no more is the same."""
SPARE = round(0.008 * HEAR_RATE_HZ)
"""The filters begin so long before the echo: it may come nearer."""


class EchoWatch:
    """What is known of the echo of one line."""

    def __init__(self) -> None:
        self.lag = 0
        """Samples at 16 kHz by which the loudspeaker's sound is to be delayed, so that the filters need not be."""
        self.found = False
        self.absent = False
        """Whether there is none: headphones. Neither this nor `found`: nothing has been said yet."""
        self._near: Samples = np.zeros(round(WINDOW_S * HEAR_RATE_HZ), np.float32)
        self._voiced = -round(FIRST_S * HEAR_RATE_HZ)
        """Samples of our own voice since the last look."""
        self._tries = 0
        self._last: Echo | None = None

    def look(self, near: Samples, reference: Reference, end: int) -> bool:
        """Takes in the next block of the microphone, which ends at this sample of the line. Returns whether the echo
        comes from elsewhere than it did.
        """
        self._near = np.concatenate([self._near[len(near) :], near])
        if np.any(reference.between(end - len(near), end)):
            self._voiced += len(near)
        known = self.found or self.absent
        if self._voiced < (KNOWN_S if known else UNKNOWN_S) * HEAR_RATE_HZ:
            return False
        self._voiced = 0
        if not np.any(self._near):  # muted
            return False
        far = reference.between(end - len(self._near) - round(MOST_S * HEAR_RATE_HZ), end)
        return self._found(find_echo(self._near, far))

    def _found(self, echo: Echo | None) -> bool:
        last, self._last = self._last, echo
        if echo is None:
            self._tries += 1
            if self._tries >= TRIES:
                self.found, self.absent = False, True
            return False
        if echo.clarity < SURE and not (last and abs(last.delay - echo.delay) <= MOVED):
            return False
        anew = not self.found
        self.found, self.absent, self._tries = True, False, 0
        lag = max(0, echo.delay - SPARE)
        moved = abs(lag - self.lag) > (MOVED if anew else 2 * SPARE)
        if moved:
            self.lag = lag
        return moved
