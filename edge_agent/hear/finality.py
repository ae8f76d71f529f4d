"""Finality: how probable it is that a turn is over, from its sound, its words and the pauses in it. Pure, and quick."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from edge_agent.words import words_of

LEAST_PAUSE_S = 0.2
"""A silence inside a turn that lasts so long is a pause of the speaker; shorter ones are closed lips."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OPEN_ENDS = ("...", "…", ",", "-", ":", ";")


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known in a silence."""

    scores: tuple[float, ...]
    """Smart Turn's probabilities in this silence so far, each in [0, 1]; empty where it has not been asked."""
    text: str
    """What was said so far, with the ASR's punctuation; "" where it is not known."""
    pauses_s: tuple[float, ...] = ()
    """Lengths of the silences of this turn that the speaker went on after."""
    language: str = "en"
    """The language of the text: ISO 639-1 code, as the ASR tells it."""


WEIGHTS: dict[str, float] = {
    "bias": -0.07,
    "sound": 0.26,
    "open": -1.25,
    "question": 0.93,
    "pauses": -0.95,
}
"""The weights that scripts/fit_endpoint.py finds on the tuned half of the development speech (docs/decisions/0004); see
there for what was tried and left out."""


def features(signs: Signs) -> dict[str, float]:
    """The signs as numbers of about unit size; those of the text are 0 where it is not known."""
    text = signs.text.strip()
    words = _WORD.findall(text.lower().replace("’", "'"))
    open_words, dictated = _of_language(signs.language)
    is_open = text.endswith(_OPEN_ENDS) or (words and words[-1] in open_words) or bool(dictated.search(text))
    return {
        "bias": 1.0,
        "sound": sum(map(_logit, signs.scores)) / max(1, len(signs.scores)),
        "open": float(is_open),
        "question": float(text.endswith("?")),
        "pauses": math.log1p(sum(pause_s >= LEAST_PAUSE_S for pause_s in signs.pauses_s)),
    }


def probability(signs: Signs) -> float:
    """The probability that the turn is over, in (0, 1)."""
    odds = sum(WEIGHTS[name] * value for name, value in features(signs).items())
    return 1 / (1 + math.exp(-odds))


@lru_cache
def _of_language(language: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """Words after which more is likely to come; and digits one by one, or grouped by strokes: only the speaker knows
    how long the number is."""
    own = words_of(language)
    digit = rf"(?:\d|{'|'.join(own.digits)})"
    return frozenset(own.open_words), re.compile(rf"\b{digit}(?:[\s,.-]+{digit})+\W*$|\d-\d*\W*$", re.IGNORECASE)


def _logit(p: float) -> float:
    """Log odds, of p kept 1 % off the ends: int8 scores nearer to them differ by noise."""
    p = min(0.99, max(0.01, p))
    return math.log(p / (1 - p))
