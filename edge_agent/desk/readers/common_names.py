"""Common names: those that many people have in a language, and how much a word is like one of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import log

from edge_agent.words import FALLBACK, FOLDER

_OF_GRAMS, _NO_GRAM, _USUAL = (0.6, 0.3, 0.1), 0.001, 2.5
"""How much counts what follows two letters, one, and any; the least share of a letter, and what is usual, in nats."""


@dataclass(frozen=True, slots=True, eq=False)
class CommonNames:
    """Names that many people have, in small letters."""

    first: frozenset[str]
    last: frozenset[str]
    after: Mapping[str, Mapping[str, int]]
    """How often each letter stands behind none, one and two others in them; "^" is their beginning, "$" their end."""

    def oddness(self, word: str) -> float:
        """How much less a word is like a name than names are, in nats."""
        padded = f"^^{word}$"
        return sum(
            max(0.0, -log(self._share(padded[at - 2 : at], padded[at])) - _USUAL) for at in range(2, len(padded))
        )

    def _share(self, before: str, letter: str) -> float:
        """How often a letter follows two others, with what follows the last of them, and anything, for those seldom
        seen."""
        shares = (self._seen(before[at:], letter) for at in range(3))
        return sum(weight * share for weight, share in zip(_OF_GRAMS, shares, strict=True)) + _NO_GRAM

    def _seen(self, before: str, letter: str) -> float:
        counts = self.after.get(before)
        return counts.get(letter, 0) / counts[""] if counts else 0.0


@lru_cache
def common_names(language: str) -> CommonNames:
    """Those of a language; those of English where it has none."""
    file = FOLDER / language / "names.toml"
    values = tomllib.loads((file if file.is_file() else FOLDER / FALLBACK / "names.toml").read_text(encoding="utf-8"))
    first, last = (
        frozenset(f"{values[part]} {values.get(f'{part}_elsewhere', '')}".split()) for part in ("first", "last")
    )
    return CommonNames(first, last, _following(first | last))


def _following(names: Collection[str]) -> dict[str, Counter[str]]:
    """What follows none, one and two letters in names, how often; "" is how often anything does."""
    after: dict[str, Counter[str]] = {}
    for padded in (f"^^{name}$" for name in names):
        for at, width in product(range(2, len(padded)), range(3)):
            after.setdefault(padded[at - width : at], Counter()).update((padded[at], ""))
    return after


def is_common(name: str, language: str) -> bool:
    """Whether many people have that first name, and that surname."""
    names, words = common_names(language), name.casefold().split()
    return len(words) == 2 and words[0] in names.first and words[1] in names.last
