"""Plan: what the user and the engines will do in each turn of a soak, made from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge_agent.types import Samples

Outcome = str
"""turn_done, interrupted, turn_failed or rejected."""

INTERRUPTS = "interrupts"
LONG_SILENCE = "long silence"
SPEAKER_LOST = "speaker is lost"

USUAL: dict[str, tuple[float, frozenset[Outcome]]] = {
    "plain": (80, frozenset({"turn_done"})),
    INTERRUPTS: (9, frozenset({"interrupted", "turn_done"})),  # the answer may be over before the ears are sure
    "goes on": (5, frozenset({"turn_done"})),
    "noise": (4, frozenset({"rejected"})),
    LONG_SILENCE: (2, frozenset({"turn_done"})),
}
"""What users do: its weight, and how its turn may end."""

FAULTS: dict[str, frozenset[Outcome]] = {
    "asr fails while the user speaks": frozenset({"turn_done"}),
    "asr fails": frozenset({"turn_failed"}),
    "endpoint fails": frozenset({"turn_done"}),
    "llm fails to prepare": frozenset({"turn_done"}),
    "llm fails at once": frozenset({"turn_failed"}),
    "llm fails in the middle": frozenset({"turn_failed"}),
    "llm never ends": frozenset({"turn_done"}),
    "llm loops": frozenset({"turn_done"}),
    "llm is slow": frozenset({"turn_done"}),
    "llm says nothing": frozenset({"turn_failed"}),
    "llm thinks for ever": frozenset({"turn_failed"}),
    "llm writes invalid UTF-8": frozenset({"turn_done"}),
    "llm writes one giant word": frozenset({"turn_done"}),
    "tts fails at once": frozenset({"turn_failed"}),
    "tts fails in the middle": frozenset({"turn_failed"}),
    "tts is silent": frozenset({"turn_failed"}),
    "frames are lost": frozenset({"turn_done"}),
    "microphone is lost": frozenset({"turn_done"}),
    SPEAKER_LOST: frozenset({"interrupted"}),
}
"""What goes wrong, and how its turn must end. What can be done without is: only what nobody can answer may fail."""

RECORDING = "recording"
"""Of a real engine it is only known that each turn ends somehow."""

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Plan:
    number: int
    kind: str
    name: str = ""
    """A word that is said in the question and in the answer, so that each engine knows whose turn it works for."""
    gap_s: float = 0.5
    """Silence before."""
    speech_s: float = 1.0
    cut_s: float | None = None
    """How long into the answer the next user speaks; None: nobody does."""
    recording: Samples | None = None
    """What is said, at 16 kHz; None: a level that the scripted ASR knows."""

    @property
    def outcomes(self) -> frozenset[Outcome]:
        if self.kind == RECORDING:
            return frozenset({"turn_done", "interrupted", "turn_failed", "rejected"})
        return FAULTS[self.kind] if self.kind in FAULTS else USUAL[self.kind][1]


def name_of(number: int) -> str:
    """Three syllables that no wording rule touches: 343,000 names before one comes again."""
    syllables = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
    base = len(syllables)
    return "".join(syllables[number // base**power % base] for power in (2, 1, 0))


def plans(turns: int, *, seed: int, faults: float, broken: Sequence[str] = (*FAULTS,)) -> Iterator[Plan]:
    """The same for the same arguments. `faults`: the share of the turns in which something of `broken` is, 0 to 1."""
    dice = random.Random(seed)
    kinds, weights, before = [*USUAL], [weight for weight, _ in USUAL.values()], ""
    for number in range(turns):
        fails = dice.random() < faults
        kind = dice.choice(broken) if fails else dice.choices(kinds, weights)[0]
        gap_s, speech_s, cut_s = dice.uniform(0.4, 1.5), dice.uniform(0.5, 2.0), dice.uniform(0.0, 1.5)
        if before == INTERRUPTS:
            gap_s = 0.0
        elif kind == LONG_SILENCE:
            gap_s = 30.0
        yield Plan(number, kind, name_of(number), gap_s, speech_s, cut_s if kind == INTERRUPTS else None)
        before = kind
