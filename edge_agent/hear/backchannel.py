"""Backchannel: what shows that somebody listens ("mhm", "okay", a laugh), and wants no answer. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from edge_agent.types import Heard
from edge_agent.words import words_of

MOST_WORDS = 6
"""Whoever says more of them in a row means something by it."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def is_backchannel(heard: Heard) -> bool:
    """Whether all that was heard are words of the language's list (`Words.backchannels`), or none."""
    words = _WORD.findall(heard.text.lower().replace("’", "'"))
    return len(words) <= MOST_WORDS and bool(_of_language(heard.language).fullmatch(" ".join(words)))


@lru_cache
def _of_language(language: str) -> re.Pattern[str]:
    each = "|".join(words_of(language).backchannels)
    return re.compile(rf"(?:(?:{each})(?: |$))*")
