"""Echo watch: where in what was played the microphone's sound is found again, if it is."""

from __future__ import annotations

from collections import deque
from itertools import combinations
from statistics import median

import numpy as np

from edge_agent.lines.delay import MOST_S, WINDOW_S, Echo, find_echo
from edge_agent.lines.reference import Reference
from edge_agent.types import HEAR_RATE_HZ, Samples

FIRST_S, UNKNOWN_S, KNOWN_S = 0.4, 0.2, 2.0
"""Seconds of our own voice before the first look, then between two looks: until it is known whether there is an echo,
and from then on. A look takes 2 ms."""
TRIES = 5
"""Looks without an echo after which there is none: 1.2 s of our own voice."""
SURE = 12.0
"""An echo of this clarity is one; a weaker one when it has been found twice."""
SAME = round(0.004 * HEAR_RATE_HZ)
"""Two places that differ by no more are the same."""
SPARE = round(0.008 * HEAR_RATE_HZ)
"""The filters begin so long before the echo: it may come nearer, as it does where the loudspeaker's clock is fast."""
AHEAD = round(0.02 * HEAR_RATE_HZ)
"""An echo that was not found yet is taken to come so long after the sound was handed to the device, or later."""
LOST = round(0.25 * HEAR_RATE_HZ)
"""The two clocks never differ by so much suddenly: it is another loudspeaker, or there was none for a while."""
DRIFT_S = 3.0
"""The time between the first and the last of the places that show how fast they change."""
MOST_DRIFT = 400e-6
"""More is no drift of two clocks, but two ways of the sound."""


class EchoWatch:
    """What is known of the echo of one line."""

    def __init__(self, reference: Reference) -> None:
        self.found = False
        self.absent = False
        """Whether there is none: headphones. Neither this nor `found`: nothing has been said yet."""
        self.drift = 0.0
        """The echo comes later by so many samples for each sample of the microphone."""
        self._reference = reference
        self._place: int | None = None
        """What is added to the number of a sample of the microphone gives that of the loudspeaker that the filters hear
        with it."""
        self._seen = 0
        """The end of the reference when it was last looked at."""
        self._near: Samples = np.zeros(round(WINDOW_S * HEAR_RATE_HZ), np.float32)
        self._voiced = -round(FIRST_S * HEAR_RATE_HZ)
        """Samples of our own voice since the last look."""
        self._tries = 0
        self._last: int | None = None
        """The place that was found last."""
        self._strays = 0
        """Places in a row to which no drift leads."""
        self._places: deque[tuple[int, int]] = deque(maxlen=6)
        """The samples at which the echo was found, and the places."""

    def beside(self, start: int, samples: int) -> Samples:
        """Returns what the loudspeaker played beside so many samples of the microphone, from number `start` on."""
        place = self._place or 0
        return self._reference.between(start + place, start + place + samples)

    def follow(self, end: int) -> bool:
        """Keeps to the clock of the loudspeaker, before the block of the microphone that ends with sample `end`.
        Returns whether it is another one now: all that was known of it is forgotten.
        """
        seen, self._seen = self._seen, self._reference.end
        if seen == self._seen:  # nothing is played
            return False
        usual = self._seen - AHEAD - end
        was = self._place
        if was is not None and -LOST < usual - was < LOST + round(MOST_S * HEAR_RATE_HZ):
            return False
        self._place = usual
        self._forget()
        return was is not None

    def look(self, near: Samples, end: int) -> int:
        """Takes in the block of the microphone that ends with sample `end`. Returns by how many samples the echo comes
        later than it did, beside what the filters hear: mostly 0.
        """
        self._near = np.concatenate([self._near[len(near) :], near])
        if np.any(self.beside(end - len(near), len(near))):
            self._voiced += len(near)
        known = self.found or self.absent
        if self._voiced < (KNOWN_S if known else UNKNOWN_S) * HEAR_RATE_HZ:
            return 0
        self._voiced = 0
        if not np.any(self._near):  # muted
            return 0
        newest, most = self._reference.end, round(MOST_S * HEAR_RATE_HZ)
        echo = find_echo(self._near, self._reference.between(newest - len(self._near) - most, newest))
        if echo is None:
            self._tries += 1
            if self._tries >= TRIES:
                self.found, self.absent = False, True
            return 0
        place = newest - end - echo.delay
        return self._found(end, place) if self._is_sure(echo, place) else 0

    def _is_sure(self, echo: Echo, place: int) -> bool:
        """Whether it is clear, or where it was the last time."""
        last, self._last = self._last, place
        known = [last, self._places[-1][1] if self._places else None]
        return echo.clarity >= SURE or any(each is not None and abs(place - each) <= SAME for each in known)

    def _found(self, end: int, place: int) -> int:
        assert self._place is not None
        anew = not self.found
        self.found, self.absent, self._tries = True, False, 0
        self._keep(end, place)
        self.drift = self._drift()
        later = self._place - place
        if SPARE // 2 <= later <= SPARE * (1 if anew else 3):
            return 0
        self._place = place + SPARE
        return SPARE - later

    def _keep(self, end: int, place: int) -> None:
        """Keeps a place to which drift may have led. Another one is a reflection that was stronger this time, unless it
        comes again.
        """
        if self._places:
            then, before = self._places[-1]
            if abs(place - before) > MOST_DRIFT * (end - then) + 3:
                self._strays += 1
                if self._strays < 2:
                    return
                self._places.clear()
        self._strays = 0
        self._places.append((end, place))

    def _drift(self) -> float:
        """The median of how fast the place has changed between any two looks (Theil and Sen)."""
        if self._places[-1][0] - self._places[0][0] < DRIFT_S * HEAR_RATE_HZ:
            return self.drift
        found = median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(self._places, 2))
        return -found if abs(found) < MOST_DRIFT else 0.0

    def _forget(self) -> None:
        self.found = self.absent = False
        self.drift = 0.0
        self._tries, self._last = 0, None
        self._places.clear()
