"""Delay: how much later than it was played the loudspeaker's sound arrives at the microphone, if it does.

The cross-correlation of both with all frequencies made equally strong (GCC-PHAT, Knapp and Carter 1976): a peak at the
delay, however the room colours the sound; no peak, whatever else is heard, where none of it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_agent.types import HEAR_RATE_HZ, Samples

WINDOW_S = 1.0
"""So much of the microphone's sound is compared ..."""
MOST_S = 1.0
"""... at delays up to this one: Bluetooth takes 0.2 to 0.4 s."""
CLEAR = 7.0
"""A peak that is so many times the standard deviation of the rest is one. Without an echo, the largest of 16,000 values
is 4 to 5; with one as loud as the user it is 9 to 50 (rig, eight rooms)."""
FIRST = 0.4
"""Sound that takes the straight way arrives first, but may be weaker than an echo of it: the first value of this share
of the peak counts."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What was found of the loudspeaker's sound in the microphone's."""

    delay: int
    """Samples at 16 kHz."""
    clarity: float
    """How far it stands out, in standard deviations."""


def find_echo(near: Samples, far: Samples) -> Echo | None:
    """Returns the echo of `far` in `near`, which is WINDOW_S long; `far` ends with it and is MOST_S longer. None where
    there is none. Takes 1 to 2 ms.
    """
    size = 1 << (len(far) + len(near)).bit_length() - 1
    size = size if size >= len(far) else 2 * size
    heard, played = np.fft.rfft(near, size), np.fft.rfft(far, size)
    strong = np.abs(played) > 1e-3 * np.abs(played).max(initial=0.0)
    cross = played * np.conj(heard)
    cross = np.where(strong, cross / (np.abs(cross) + 1e-12), 0)
    # In the order of the delay: `far` begins MOST_S sooner, so that a shift of all of it is a delay of 0.
    likeness = np.fft.irfft(cross, size)[: len(far) - len(near) + 1][::-1]
    spread = float(np.std(likeness))
    best = int(np.argmax(likeness))
    if spread == 0 or likeness[best] < CLEAR * spread:
        return None
    early = likeness[max(0, best - HEAR_RATE_HZ // 50) : best + 1]
    first = best - len(early) + 1 + int(np.argmax(early >= FIRST * likeness[best]))
    return Echo(first, float(likeness[best]) / spread)
