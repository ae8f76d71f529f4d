"""Own words: what is heard of the agent's own voice, in spite of all that the line does, is no turn of the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf

from edge_agent.types import Draft, Finished, Hearing, Onset, Partial, Rejected

ALIKE = 85.0
"""Likeness (rapidfuzz, 0 to 100) of each half to a part of what was said: 91 and more, whatever an ASR misspells.
The first half of "No, not the living room lamp" has 75 to "I have turned on the living room lamp", that of "Don't set
a timer" 83 to "I set a timer"."""
LEAST_WORDS, LEAST_LETTERS = 4, 12
"""Less is said by anybody: "five minutes" is an answer to "Five minutes or ten?"."""
CHOSEN = 0.6
"""An answer in the words of the question leaves out so much of it: "the ten minute timer" of "The five minute timer,
or the ten minute timer?"."""
TAIL_S = 0.5
"""Our own voice is heard so long after the last of it was given to the loudspeaker: its buffers and the room."""
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")


def repeats(heard: str, said: str) -> bool:
    """Whether what was heard is, but for what an ASR gets wrong, a part of what was `said`, and no answer to it."""
    mine = _words(heard)
    if len(mine) < LEAST_WORDS or len("".join(mine)) < LEAST_LETTERS:
        return False
    *_, last = ["", *_SENTENCE.findall(said)]
    question = _words(last) if "?" in last else []
    if len(mine) < CHOSEN * len(question) and _likeness(mine, question) >= ALIKE:
        return False
    half = (len(mine) + 1) // 2
    return all(_likeness(part, _words(said)) >= ALIKE for part in (mine[:half], mine[half:]))


def _likeness(mine: Sequence[str], said: Sequence[str]) -> float:
    """How like it is to that part of what was said that is most like it, of about as many words."""
    from rapidfuzz.fuzz import ratio

    text, counts = " ".join(mine), range(len(mine) - 1, len(mine) + 3)
    parts = {" ".join(said[at : at + count]) for count in counts for at in range(len(said))}
    return max((ratio(text, part) for part in parts), default=0.0)


class OwnWords:
    """Follows one conversation's hearings."""

    def __init__(self) -> None:
        self._began_s = inf
        """Line time at which the user's turn began."""

    def sifted(self, hearing: Hearing, said: str, last_sound_s: float) -> Hearing | None:
        """Returns the hearing, unless it is what the agent has just `said` until `last_sound_s`; None where nothing is
        to be told of it.
        """
        match hearing:
            case Onset(at_s):
                self._began_s = at_s
            case Finished(heard, start_s, end_s) if start_s < last_sound_s + TAIL_S and repeats(heard.text, said):
                return Rejected("It is what the agent has just said.", end_s)
            case Draft(heard) | Partial(heard) if self._began_s < last_sound_s + TAIL_S and repeats(heard.text, said):
                return None
        return hearing


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower().replace("'", ""))
