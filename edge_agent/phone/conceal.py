"""Conceal: what lost packets are filled with: the last period of the voice again and again, quieter each time.

G.711 and G.722 tell nothing of what was lost. A gap, or the sound behind it pushed up to what came before, costs words.
The same idea as ITU-T G.711, Appendix I. Pure: one call, float32 in [-1, 1].
"""

from __future__ import annotations

import numpy as np

from edge_agent.types import Samples

KEPT_S = 0.05
"""Sound that is looked at: two periods of the lowest voice, and what they are compared with."""
LAGS_S = (0.0025, 0.015)
"""Periods of voices: 400 to 67 Hz."""
COMPARED_S = 0.01
SEAM_S = 0.004
"""The length of the crossing from one sound into the other."""
FULL_S, FADED_S = 0.01, 0.06
"""What is filled is as loud as before up to the first, and silent from the second on: a sound that stays is a buzz."""


class Concealer:
    """What was heard goes through `heard`; `fill` is what is put in place of what was not."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._seam = round(SEAM_S * rate_hz)
        self._kept = np.zeros(round(KEPT_S * rate_hz), np.float32)
        self._period: Samples | None = None
        """What is repeated, while something is missing."""
        self._filled = 0
        """Samples that were filled since something came."""

    def heard(self, samples: Samples) -> Samples:
        """The next sound, into which what was filled before goes over."""
        if self._period is not None and len(samples):
            length = min(self._seam, len(samples))
            ahead = self._more(length)
            up = np.linspace(0, 1, length, dtype=np.float32)
            samples = np.concatenate([ahead * (1 - up) + samples[:length] * up, samples[length:]])
        self._period, self._filled = None, 0
        self._keep(samples)
        return samples

    def fill(self, count: int) -> Samples:
        """`count` samples in place of what was lost."""
        if self._period is None:
            self._period = self._last_period()
        made = self._more(count)
        self._keep(made)
        return made

    def _more(self, count: int) -> Samples:
        assert self._period is not None
        at = np.arange(self._filled, self._filled + count)
        self._filled += count
        fade = (at / self._rate_hz - FULL_S) / (FADED_S - FULL_S)
        made: Samples = self._period[at % len(self._period)] * np.clip(1 - fade, 0, 1).astype(np.float32)
        return made

    def _last_period(self) -> Samples:
        """The last period of what was heard; its end goes over into what came before its beginning."""
        kept, compared = self._kept, round(COMPARED_S * self._rate_hz)
        shortest, longest = (round(each * self._rate_hz) for each in LAGS_S)
        last = kept[-compared:]
        windows = np.lib.stride_tricks.sliding_window_view(kept[-compared - longest : -shortest], compared)
        alike = np.einsum("wn,n->w", windows, last) / np.sqrt(1e-9 + np.einsum("wn,wn->w", windows, windows))
        lag = longest - int(np.argmax(alike))
        period, length = kept[-lag:].copy(), min(self._seam, lag // 4)
        up = np.linspace(0, 1, length, dtype=np.float32)
        period[-length:] = period[-length:] * (1 - up) + kept[-lag - length : -lag] * up
        return period

    def _keep(self, samples: Samples) -> None:
        self._kept = np.concatenate([self._kept, samples])[-len(self._kept) :]
