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
_BETWEEN = re.compile(r"[,.;:]\s+|[.,;:]?$")


def letters_as_said(text: str, phrases: DeskPhrases) -> str:
    """The text with "M as in Mary" in place of what it was heard as; as it is where too little of it is like that."""
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    heard = phrases.values["word_letters"]
    plain, blurred = (re.compile(heard[name], re.IGNORECASE) for name in ("plain", "blurred"))
    said = [part if plain.search(part) else _cleared(part, blurred, heard["as_said"]) for part in parts]
    alike = sum(plain.search(part) is not None for part in said)
    if said == parts or alike < LEAST or alike < SHARE * len(parts):
        return text
    return f"{', '.join(part.strip() for part in said)}."


def _cleared(part: str, blurred: re.Pattern[str], as_said: str) -> str:
    """The part with what stands for a letter as it was said: the word is heard better than the letter before it."""
    found = blurred.search(part)
    if found is None:
        return part
    word = found["word"].replace("-", "").lower()
    letter = found["letter"] or word[0]
    return part[: found.start()] + as_said.format(letter=letter.upper(), word=word)
