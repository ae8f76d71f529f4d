"""Alignment: when each word of a text has been said, from the lengths of its phonemes; and what it was written as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate

from edge_agent.types import WordEnd

_MARKS = "ˈˌː"
"""Primary stress, secondary stress, long: what differs most between a word on its own and in a sentence."""
_PAUSES = " .,:;!?"
"""What Piper keeps of punctuation among the phonemes: behind a word it is silence."""


def word_ends(sound: Sequence[tuple[str, int]], words: Sequence[str]) -> list[int]:
    """Returns after how many samples each of the `words` has ended; never decreasing.

    `sound`: phonemes in order, each with its samples, pauses included. `words`: phonemes of each word said on its own.
    espeak-ng joins words in a sentence ("of the" is one to it), parts them ("A.T.") and changes their sounds, so that
    counting words does not do: the two rows of phonemes are compared, and a border goes where its neighbours went.
    """
    begins = [0, *accumulate(samples for _, samples in sound)]
    heard = [(phoneme, begin) for (phoneme, _), begin in zip(sound, begins, strict=False) if phoneme not in _MARKS]
    alone, borders = list[str](), list[int]()
    for word in words:
        phonemes = [phoneme for phoneme in word.strip() if phoneme not in _MARKS]
        borders.append(len(alone) + len("".join(phonemes).rstrip(_PAUSES)))
        alone += [*phonemes, " "]
    matches = _matches(alone, [phoneme for phoneme, _ in heard])
    ends = [*(begin for _, begin in heard), begins[-1]]
    return [ends[_moved(border, matches)] for border in borders]


def as_written(written: str, spoken: str, ends: Sequence[WordEnd]) -> tuple[WordEnd, ...]:
    """`ends` of all words of `spoken`, or none, put to characters of `written`, of which wording has made it.

    Neighbours that wording has changed end together ("$5" is said when "dollars" is), and what is not said at all ends
    with the word behind it.
    """
    words = [(match.group(), match.end()) for match in re.finditer(r"\S+", written)]
    result = list[WordEnd]()
    said = put = 0
    for match in _matches(spoken.split() if ends else [], [word for word, _ in words]):
        if match.a > said and match.b > put:
            result.append(WordEnd(words[match.b - 1][1], ends[match.a - 1].samples))
        result += [WordEnd(words[match.b + i][1], ends[match.a + i].samples) for i in range(match.size)]
        said, put = match.a + match.size, match.b + match.size
    return tuple(result)


def _matches(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """What `a` and `b` have in common, in order; ends with an empty match behind both."""
    return SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()


def _moved(border: int, matches: Sequence[Match]) -> int:
    """The place in `b` of a border between items of `a`; by proportion where the two differ."""
    a = b = 0
    for match in matches:
        if border < match.a or border == match.a > a:
            return b + round((border - a) / (match.a - a) * (match.b - b))
        a, b = match.a + match.size, match.b + match.size
        if border <= a:
            return match.b + border - match.a
    return b
