"""When each word was said: the tokens of a text and the frames that the decoder looked at for each -> its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_agent.interfaces import WordTime

FRAME_S = 0.02
"""One state of Whisper's encoder."""
LONGEST = 3.0
"""A word of a text lasts at most so many times as long as the middle one: the rest is a pause, which the path through
the frames leaves with one of its neighbours."""
SHORTEST_LONG_S = 0.5
"""No pause is taken off a shorter word."""


def token_starts(alignment: Sequence[tuple[int, int]], tokens: int) -> list[float]:
    """The time in seconds at which each token begins, and last the end, of a path of (token, frame)."""
    first = {token: frame for token, frame in reversed(alignment)}
    known = [first.get(token, -1) for token in range(tokens + 1)]
    return [float(each) for each in np.maximum.accumulate(np.maximum(known, 0)) * FRAME_S]


def word_times(words: Sequence[tuple[str, int]], starts_s: Sequence[float]) -> tuple[WordTime, ...]:
    """The words with their times. `words`: each with the number of its tokens; `starts_s`: of `token_starts`."""
    at = np.cumsum([0, *(count for _, count in words)])
    begin, end = np.take(starts_s, at[:-1]), np.take(starts_s, at[1:])
    longest = max(SHORTEST_LONG_S, LONGEST * float(np.median(end - begin))) if len(words) else 0.0
    begin[:1] = np.maximum(begin[:1], end[:1] - longest)  # silence before the first word
    end = np.minimum(end, begin + longest)
    return tuple(
        WordTime(text, round(float(b), 2), round(float(e), 2))
        for (text, _), b, e in zip(words, begin, end, strict=True)
        if text
    )
