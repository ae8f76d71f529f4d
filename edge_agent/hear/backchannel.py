"""Backchannel: what shows that somebody listens ("mhm", "okay", a laugh), and wants no answer. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from edge_agent.hear.guards import is_looping, is_stock_phrase
from edge_agent.types import Heard, Samples
from edge_agent.words import words_of

UNSURE = 0.65
"""Confidence below which what was heard may be no words at all, unless one of them is known to interrupt
(`Words.interrupting`): ASR makes words of any sound, "Come on." of a hum and "I" of "ah"."""
SHORT_S = 0.5
"""Speech so short that nothing but doubtful words were heard in was none, most likely: of 17 backchannels that were
taken for such words 14 are as short, and of 150 interruptions two."""
STEADY = 0.9
"""Change of the spectrum from one frame to the next, in nepers of power, below which a sound is a single one: a hum,
"ah", a laugh. Of 75 recorded words and commands that Whisper base was not sure of one was below ("four"), at 0.93 came
the next; of 20 hums and vowels that it took for words all but two were."""
_FRAME, _BANDS = 512, 16

MOST_WORDS = 4
"""Whoever says more of them means something by it. The same one again, as in a laugh, is none more."""
SURE = 0.6
"""A part of an utterance that was heard with less confidence than this is often something else in the end: of 66
commands and names that were looked at after 0.6 s 15 were below 0.5 and none of these was right; "I'm", at 0.09, was a
laugh, and so was "So, so, so", at 0.53."""
_LAUGHED = re.compile(r"\w{0,2}?(\w{1,3})\1{3,}\w{0,3}")
"""The spelling of a laugh or a long hum: "hahahahaha", "tuhuhuhuhuh", "mmmmm"."""
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def is_backchannel(heard: Heard) -> bool:
    """Whether all that was heard are words of the language's list (`Words.backchannels`), or none."""
    words = [word for word in _WORD.findall(heard.text.lower().replace("’", "'")) if not _LAUGHED.fullmatch(word)]
    return len(set(words)) <= MOST_WORDS and bool(_of_language(heard.language).fullmatch(" ".join(words)))


def is_sure(partial: Heard) -> bool:
    """Whether what was heard of an utterance that goes on is enough to tell what it is."""
    return partial.confidence >= SURE and not is_looping(partial.text)


def is_murmur(heard: Heard, sound: Samples, voiced_s: float) -> bool:
    """Whether words that were heard with doubt are none, in `voiced_s` seconds of speech: as they are very short, or
    what Whisper says of silence, or the sound does not change."""
    words = " ".join(_WORD.findall(heard.text.lower().replace("’", "'")))
    if heard.confidence >= UNSURE or _interrupting(heard.language).search(words):
        return False
    return voiced_s <= SHORT_S or is_stock_phrase(heard.text, heard.language) or unsteadiness(sound) < STEADY


def unsteadiness(sound: Samples) -> float:
    """How much the spectrum changes within the loud part of a sound: the mean over 16 bands up to 5 kHz of the change
    of the logarithm of power in 32 ms. 0 for less than three frames."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME) * np.hanning(_FRAME)
    power = np.abs(np.fft.rfft(frames)) ** 2
    each = power.sum(axis=1)
    loud = power[each > 0.02 * each.max(initial=0.0)]
    if len(loud) < 3:
        return 0.0
    bands = [part.mean(axis=1) for part in np.array_split(np.log(loud[:, 4:160] + 1e-6), _BANDS, axis=1)]
    return float(np.abs(np.diff(bands, axis=1)).mean())


@lru_cache
def _of_language(language: str) -> re.Pattern[str]:
    each = "|".join(words_of(language).backchannels)
    return re.compile(rf"(?:(?:{each})(?: |$))*")


@lru_cache
def _interrupting(language: str) -> re.Pattern[str]:
    each = "|".join(words_of(language).interrupting)
    return re.compile(rf"\b(?:{each})\b" if each else "(?!)")
