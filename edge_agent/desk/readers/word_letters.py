"""Word letters: "M as in Mary, B as in boy" as an ASR writes it when it does not know what it is -> as it was said.

Whisper makes "Emma's and Mary, B's in boy" of it, and, where it expects letters, "M-S-N-M-R-E, B-S-N-Boy".
"""

from __future__ import annotations

import re

from edge_agent.desk.phrases import DeskPhrases

LEAST = 3
"""So many parts of a sentence must be of that kind ..."""
SHARE = 0.5
"""... and so much of all of them: one "H's in house" is an answer like any other."""
MOST = 4
"""So many letters at most may be other ones: each doubles what is weighed."""
_BETWEEN = re.compile(r"[,.;:]\s+|[.,;:]?$")


def letters_as_said(text: str, phrases: DeskPhrases) -> str:
    """The text with "M as in Mary" in place of what it was heard as; as it is where too little of it is like that."""
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    heard = phrases.values["word_letters"]
    plain, blurred = (re.compile(heard[name], re.IGNORECASE) for name in ("plain", "blurred"))
    said = [part if plain.search(part) else _cleared(part, blurred, heard["as_said"]) for part in parts]
    alike = sum(plain.search(part) is not None for part in said)
    if alike < LEAST or alike < SHARE * len(parts):
        return text
    begin = next(at for at, part in enumerate(said) if plain.search(part))
    said[begin:] = [part if plain.search(part) else _guessed(part, heard["as_said"]) for part in said[begin:]]
    if said == parts:
        return text
    return f"{', '.join(part.strip() for part in said)}."


def _guessed(part: str, as_said: str) -> str:
    """What stands among words for letters and is none of them: "Amazon Mary", "Elisyn lemon"."""
    words = part.split()
    is_one = len(words) in (2, 3) and len(words[0]) > 1 and len(words[-1]) > 2 and words[-1].isalpha()
    return as_said.format(letter=words[-1][0].upper(), word=words[-1].lower()) if is_one else part


def other_letters(text: str, phrases: DeskPhrases) -> list[str]:
    """What may have been said where a letter and its word do not agree, as in "N as in ice": one of both was misheard,
    in the first, the text itself, the letter."""
    found: list[str] = [text]
    spots = [each for each in re.finditer(phrases.values["word_letters"]["each"], text) if _disagree(each)]
    for spot in spots[-1 : -MOST - 1 : -1]:  # from the end on, where nothing moves
        found += [each[: spot.start("word")] + spot["letter"] + each[spot.start("word") :] for each in found]
    return found


def _disagree(spot: re.Match[str]) -> bool:
    return spot["letter"].casefold() != spot["word"][0].casefold()


def _cleared(part: str, blurred: re.Pattern[str], as_said: str) -> str:
    """The part with what stands for a letter as it was said: the word is heard better than the letter before it."""
    found = blurred.search(part)
    if found is None:
        return part
    word = found["word"].replace("-", "").lower()
    letter = found["letter"] or word[0]
    return part[: found.start()] + as_said.format(letter=letter.upper(), word=word)
