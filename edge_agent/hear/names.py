"""Names: the agent's own name, taken off the front of what the ASR heard, however that spells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

ALIKE = 75.0
"""Likeness (rapidfuzz, 0 to 100) of words to a name that nobody has recognized in the sound ..."""
DOUBTED = 70.0
"""... to one that may have been recognized: of 96 each as below "hey jarvis" is found in 96, "alexa" in 94, "hey
mycroft" in 79, "okay nabu" in 46. With 65 in 96, 94, 83 and 95, but "fear is" counts as "hey jarvis", too ..."""
CALLED = 50.0
"""... and to one that was, of which only the spelling is unknown. Of 96 commands each, in voices of Piper and Heart,
near and at 10 dB, heard by Whisper tiny and base, the name came off and the command was whole: hey jarvis 96, computer
95, alexa 93, okay nabu 91, hey mycroft 91. In voices of espeak-ng it is worse ("Change our width, set a timer")."""
LEAD = 4
"""So many words may stand before a name that was recognized: the sound that is kept reaches back further than it."""
GREETINGS = frozenset({"hey", "hi", "okay", "ok", "hello", "so", "and", "um", "uh"})
"""May stand before a name in any case."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BETWEEN = " \t\n,.;:!?-–—…\"'"


class _Place(NamedTuple):
    likeness: float
    name: str
    end: int
    """Characters up to its end."""


class OwnNames:
    """The names of one conversation, as they are spoken ("hey jarvis")."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(" ".join(_WORD.findall(name.lower())) for name in names)

    def in_front(self, text: str, *, doubted: bool = False) -> str | None:
        """Returns the name at the beginning of `text`; `doubted`: it may have been recognized in its sound."""
        place = max(self._places(text, doubted), default=None)
        return place.name if place and place.likeness >= (DOUBTED if doubted else ALIKE) else None

    def behind(self, text: str, *, called: bool = False) -> str:
        """Returns what follows the name at the beginning of `text`; all of it where there is none."""
        place = max(self._places(text, called), default=None)
        if place is None or place.likeness < (CALLED if called else ALIKE):
            return text
        rest = text[place.end :].strip(_BETWEEN)
        tail = text[place.end :].rstrip()
        rest += tail[-1] if rest and tail[-1] in ".!?…\"'" else ""
        return rest[:1].upper() + rest[1:]

    def _places(self, text: str, called: bool) -> Iterator[_Place]:
        from rapidfuzz import fuzz

        words = list(_WORD.finditer(text.lower()))[: LEAD + 4]
        for name in self._names:
            plain, count = name.replace(" ", ""), name.count(" ") + 1
            for first in range(len(words)):
                if first and not (called and first <= LEAD) and words[first - 1][0] not in GREETINGS:
                    break
                # A name that is only spelled may be cut into more words; "my computer" is not "computer".
                most = first + count + (2 if called else 0)
                for last in range(first, min(most, len(words))):
                    said = "".join(word[0] for word in words[first : last + 1])
                    yield _Place(fuzz.ratio(said, plain), name, words[last].end())
