"""Level: one gain for a voice, so that its loudest sound reaches the share of full scale that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from edge_agent.types import Samples

MIN_PEAK = 0.05
"""A voice quieter than that has not said what it is tried on, perhaps English, and is left as loud as it is."""


def gain_of(sounds: Iterable[Samples], volume: float) -> float:
    """Returns the factor that brings the loudest sample of typical `sounds` to `volume`, a share of full scale.

    One factor serves the voice: with one for each text all of it would have to be made before any could be heard.
    """
    peak = max((float(np.abs(sound).max(initial=0.0)) for sound in sounds), default=0.0)
    return volume / peak if peak > MIN_PEAK else volume
