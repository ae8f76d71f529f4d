"""Named: which of the owner's names (services, staff, choices) somebody says, as the ASR spells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_ALIKE = 86
"""How alike, of 100, words must be to those of a name: what the ASR makes of names it does not know."""
_ALIKE_LONG = 82
"""The same for a single word of six letters or more."""
_ALIKE_SHORT = 92
"""The same for a single shorter word."""
_JOINED, _AT_ONCE = 5, 4
"""Letters of a name that is also known with its words joined or parted, and the most words that it is parted into."""
_OTHERWISE = 98.0
"""How alike, of 100, it is then: as another form of a word is."""
_NEAR, _APART = 60, 20
"""How alike a whole answer must be to one name, and how much more than to the next: "plus, got us beauty bar"."""
_ENDINGS = ("ed", "ing")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TITLES = frozenset(
    {
        "dr",
        "doctor",
        "mr",
        "mrs",
        "ms",
        "miss",
        "prof",
        "professor",
        "md",
        "dds",
        "dmd",
        "pc",
        "inc",
        "llc",
        "ltd",
        "co",
        "the",
        "a",
        "an",
        "and",
        "of",
        "at",
        "in",
        "for",
        "by",
        "m",
        "d",
        "s",
        "phd",
        "rn",
        "facs",
        "do",
        "mph",
    }
)
"""Words that tell nobody from anybody."""


@dataclass(frozen=True, slots=True)
class SaidName:
    """A name that was said, and where: text[first:last]."""

    name: str
    first: int
    last: int
    score: float
    is_part: bool = False
    """Whether it is one word of several: "Daniel" of "Daniel Garcia", "salon" of "Salon Rossi"."""


class OwnersNames:
    """The names that one slot knows, each with what else is heard as it."""

    def __init__(self, names: Iterable[tuple[str, Sequence[str]]], generic: Iterable[str] = ()) -> None:
        """Each name with what else is heard as it; words that are `generic` name nothing by themselves."""
        self._generic = frozenset(generic)
        known = [(name, (name, *hears)) for name, hears in names]
        self._ways: list[tuple[tuple[str, ...], str]] = []
        for name, ways in known:
            for way in ways:
                self._ways.append((_words(way), name))
                self._ways.append((_core(way), name))
        parts = self._parts(known)
        self._of_several = frozenset(set(parts) - set(self._ways))
        self._ways += parts
        self._ways = sorted({way for way in self._ways if way[0]}, key=lambda way: -len("".join(way[0])))
        self._joined = {"".join(way): (way, name) for way, name in self._ways if len("".join(way)) >= _JOINED}

    def _parts(self, known: list[tuple[str, tuple[str, ...]]]) -> list[tuple[tuple[str, ...], str]]:
        """Single words that only one of the names has: a surname, "filling" of "white filling"."""
        owners: dict[str, set[str]] = {}
        for name, ways in known:
            for way in ways:
                for word in set(_core(way)) - self._generic:
                    owners.setdefault(word, set()).add(name)
        return [((word,), next(iter(has))) for word, has in owners.items() if len(has) == 1 and len(word) > 3]

    def find(self, text: str) -> list[SaidName]:
        """Those in a text, best first; several where they do not overlap."""
        words = [(match[0].casefold().replace("’", "'"), match.start(), match.end()) for match in _WORD.finditer(text)]
        found = self._written_otherwise(words)
        for way, name in self._ways:
            for at in range(len(words) - len(way) + 1):
                score = _score(way, tuple(word for word, _, _ in words[at : at + len(way)]))
                first, last = words[at][1], words[at + len(way) - 1][2]
                if score >= _least(way) and not any(each.first < last and first < each.last for each in found):
                    score += len("".join(way)) / 10
                    found.append(SaidName(name, first, last, score, (way, name) in self._of_several))
        apart: dict[str, SaidName] = {}
        for each in sorted(found, key=lambda each: -each.score):
            apart.setdefault(each.name, each)
        return list(apart.values())

    def _written_otherwise(self, words: Sequence[tuple[str, int, int]]) -> list[SaidName]:
        """Those whose words are joined or parted otherwise: "checkup" of "check-up", "hair cut" of "haircut"."""
        found: list[SaidName] = []
        for at in range(len(words)):
            for size in range(1, min(_AT_ONCE, len(words) - at) + 1):
                joined = "".join(word for word, _, _ in words[at : at + size])
                way, name = self._joined.get(joined, ((), ""))
                if name and len(way) != size:
                    score = _OTHERWISE + len(joined) / 10
                    found.append(SaidName(name, words[at][1], words[at + size - 1][2], score))
        return found

    def nearest(self, text: str) -> SaidName | None:
        """The one that the whole text is most like, as answers to a question are; None: it is like none, or like
        several."""
        from rapidfuzz.fuzz import ratio

        said = " ".join(_words(text))
        scores: dict[str, float] = {}
        for way, name in self._ways:
            if (way, name) not in self._of_several:
                scores[name] = max(scores.get(name, 0.0), float(ratio(" ".join(way), said)))
        best, second = (*sorted(((score, name) for name, score in scores.items()), reverse=True), (0.0, ""), (0.0, ""))[
            :2
        ]
        clear = best[0] >= _NEAR and best[0] - second[0] >= _APART
        return SaidName(best[1], 0, len(text), best[0]) if clear else None


def _least(way: tuple[str, ...]) -> float:
    """How alike it has to be: "past" is no "Pasta"."""
    if len(way) > 1:
        return _ALIKE
    return _ALIKE_LONG if len(way[0]) >= 6 else _ALIKE_SHORT


def _words(name: str) -> tuple[str, ...]:
    return tuple(match[0].casefold().replace("’", "'") for match in _WORD.finditer(name))


def _core(name: str) -> tuple[str, ...]:
    """The words that tell the name from others."""
    return tuple(word for word in _words(name) if word not in _TITLES and len(word) > 1)


@lru_cache(65536)
def _score(way: tuple[str, ...], said: tuple[str, ...]) -> float:
    """How alike both are; 0 where one of the words is another one."""
    if way == said:
        return 100.0
    if all(map(_is_form, way, said)):
        return 98.0
    if sum(map(len, way)) < 4:
        return 0.0
    from rapidfuzz.fuzz import ratio

    scores = [_one(one, other) for one, other in zip(way, said, strict=True)]
    return 0.0 if min(scores) < 60 else float(ratio(" ".join(way), " ".join(said)))


def _is_form(word: str, said: str) -> bool:
    """Whether it is the word, or another form of it: "spayed" of "spay", "cats" of "cat"."""
    if word == said:
        return True
    if len(word) < 3 or not said.startswith(word[:-1]):
        return False
    stem = word.rstrip("e") if word.endswith("e") else word[:-1] + "i" if word.endswith("y") else word
    forms = {word + ending for ending in ("s", "'s", "es", "ed", "ing")} | {word + word[-1] + end for end in _ENDINGS}
    return said in forms | {stem + ending for ending in ("es", "ed", "ing")}


def _one(one: str, other: str) -> float:
    from rapidfuzz.fuzz import ratio

    if len(one) < 4 or one[0] != other[0]:
        return 100.0 if one == other else 55.0 if len(one) < 4 else float(ratio(one, other)) - 10
    return float(ratio(one, other))
