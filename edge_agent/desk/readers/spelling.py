"""Spelling: the name that letters spell, of which the ASR has heard some wrong and some not at all.

A noisy channel: of the names that the letters may come from, the one that is least far from the letters, from how the
name sounded, and from names that many people have. Costs are of one letter. They were set by hand after reading what
Whisper makes of spelled names: B for V, M-R-I-A for M-A-R-I-A, O-K-F-O-R for O-K-A-F-O-R.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from edge_agent.words import FALLBACK, FOLDER

_LETTERS_ALIKE = ("bdepv", "ce", "cz", "ptd", "et", "dg", "gj", "ajk", "fsx", "mn", "qu", "ae", "ou")
"""Letters whose names sound alike."""
_SOUNDS_ALIKE = ("ckqgx", "szcx", "dt", "bpvfw", "mn", "iyej", "aeiou", "jg")
_SWAPPED, _LOST_A, _LOST_VOWEL, _LOST, _ADDED, _WRONG = 0.4, 0.2, 0.5, 1.0, 1.0, 1.2
_FIRST_LETTER = 0.2
"""More for the first letter, which is heard best."""
_WORD, _RARE, _NO_BEGINNING, _NO_PAUSE, _OTHER_PAUSE, _ALONE = 0.5, 0.15, 0.3, 0.3, 0.6, 0.5
"""What a word costs, each letter of one that few people have, one that begins as no name does ("Mria"), two words
without a pause between them, a pause elsewhere than in what was heard, and a name of one word."""
_OF_SOUND, _MOST_SOUND = 0.7, 4.0
"""How much the sound of the name counts beside its letters, and its most: names are heard as anything."""
_OF_EARLIER, _MOST_EARLIER = 0.7, 2.0
"""The same for the letters of earlier tries."""
_NEAR, _SPLITS, _FINALISTS = 6, 4, 20
_VOWELS = "aeiouy"

NameWords = tuple[str, ...]
"""The words of a name, in small letters."""


@dataclass(frozen=True, slots=True)
class SpelledTry:
    """What was heard of a name at one try: its letters, in parts between pauses, and its words."""

    letters: tuple[str, ...] = ()
    words: NameWords = ()


@dataclass(frozen=True, slots=True)
class CommonNames:
    """Names that many people have, in small letters."""

    first: frozenset[str]
    last: frozenset[str]
    beginnings: frozenset[str]
    """The two letters that they begin with."""


@lru_cache
def common_names(language: str) -> CommonNames:
    """Those of a language; those of English where it has none."""
    file = FOLDER / language / "names.toml"
    values = tomllib.loads((file if file.is_file() else FOLDER / FALLBACK / "names.toml").read_text(encoding="utf-8"))
    first, last = frozenset(values["first"].split()), frozenset(values["last"].split())
    return CommonNames(first, last, frozenset(name[:2] for name in first | last))


def spelled_name(told: Sequence[SpelledTry], language: str, refused: Collection[str] = ()) -> NameWords:
    """The likeliest name that the last of `told` spells, of those that were not `refused`. What was heard of it before
    counts, too."""
    names, heard = common_names(language), [each.words for each in told if each.words]
    words = heard[-1] if heard else ()
    costs: dict[NameWords, float] = {}
    for name, cost in _readings(told[-1].letters, words, names):
        if " ".join(name) not in refused:
            unlike = sum(_unlike(name, each) for each in heard) / max(1, len(heard))
            costs[name] = min(cost + unlike, costs.get(name, 99.0))
    best = sorted(costs, key=lambda name: costs[name])[:_FINALISTS]
    earlier = ["".join(each.letters) for each in told[:-1] if each.letters]
    return min(best, key=lambda name: costs[name] + _far(name, earlier), default=("".join(told[-1].letters),))


def _readings(parts: tuple[str, ...], words: NameWords, names: CommonNames) -> Iterator[tuple[NameWords, float]]:
    """The names that the letters may spell, with the cost of their letters."""
    letters = "".join(parts)
    everybody = names.first | names.last
    kept = [_rare(word, everybody, names) for word in words]
    for at, heard in enumerate(words):  # one of the words that were heard
        for word, cost in _words(letters, everybody, names, heard):
            yield (*words[:at], word, *words[at + 1 :]), cost + sum(kept) - kept[at] + _ALONE * (len(words) == 1)
    if len(words) < 2:  # a word more
        for word, cost in _words(letters, everybody, names, ""):
            yield (*words, word), cost + sum(kept) + _ALONE * (not words)
    yield from _pairs(parts, words, names)


def _pairs(parts: tuple[str, ...], words: NameWords, names: CommonNames) -> Iterator[tuple[NameWords, float]]:
    """First and last name, both spelled, where a pause parts them or wherever both are like names."""
    letters = "".join(parts)
    pauses = {len("".join(parts[:at])) for at in range(1, len(parts))}
    heard = (words[0], "".join(words[1:])) if len(words) > 1 else ("", "")
    splits = []
    for at in range(2, len(letters) - 1):
        base = 0.0 if at in pauses else _NO_PAUSE
        both = min(_near(letters[:at], names.first, names)), min(_near(letters[at:], names.last, names))
        sound = sum(_apart(near[1], said) for near, said in zip(both, heard, strict=True)) if len(words) > 1 else 0.0
        splits.append((base + both[0][0] + both[1][0] + _OF_SOUND * sound, at, base))
    for _, at, base in sorted(splits)[:_SPLITS]:
        first = _words(letters[:at], names.first, names, heard[0])
        last = _words(letters[at:], names.last, names, heard[1])
        for (one, cost), (other, more) in product(first, last):
            yield (one, other), cost + more + base


def _words(letters: str, known: frozenset[str], names: CommonNames, heard: str) -> list[tuple[str, float]]:
    """Words that the letters may spell: as they are, known names, what was heard, and what lies between both."""
    found = {word: cost for cost, word in _near(letters, known, names)}
    if heard:
        for word in {heard, *_between(letters, heard)} - found.keys():
            found[word] = _lost(word, letters) + _rare(word, known, names)
        if heard == letters:
            found[letters] = _WORD
    cheapest = sorted(found.items(), key=lambda each: each[1] + _OF_SOUND * _apart(each[0], heard) * bool(heard))
    return cheapest[: 2 * _NEAR]


@lru_cache(512)
def _near(letters: str, known: frozenset[str], names: CommonNames) -> list[tuple[float, str]]:
    """The letters as they are, and the known names that are most like them, with their costs."""
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extract

    alike = extract(letters, _listed(known), scorer=ratio, limit=_NEAR, score_cutoff=50)
    return [
        (_rare(letters, known, names), letters), *((_WORD + _lost(name, letters), name) for name, _, _ in alike)
    ]  # fmt: skip


@lru_cache(8)
def _listed(known: frozenset[str]) -> list[str]:
    return sorted(known)


def _rare(word: str, known: frozenset[str], names: CommonNames) -> float:
    if word in known:
        return _WORD
    return _WORD + _RARE * max(0, len(word) - 2) + _NO_BEGINNING * (word[:2] not in names.beginnings)


def _between(letters: str, heard: str) -> list[str]:
    """What lies between the letters and how the name was heard."""
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extract

    return [word for word, _, _ in extract(heard, sorted(set(_changed(letters))), scorer=ratio, limit=2 * _NEAR)]


def _changed(letters: str) -> Iterator[str]:
    """The letters with a vowel more, with one that sounds alike, or with one less."""
    for at in range(len(letters) + 1):
        yield from (letters[:at] + vowel + letters[at:] for vowel in "aeiou")
    for at, letter in enumerate(letters):
        yield letters[:at] + letters[at + 1 :]
        yield from (letters[:at] + other + letters[at + 1 :] for other in _ALIKE[letter] if other != letter)


_ALIKE = {
    each: {other for group in _LETTERS_ALIKE if each in group for other in group} for each in map(chr, range(97, 123))
}
_LIKE_SOUND = {each: {other for group in _SOUNDS_ALIKE if each in group for other in group} for each in _ALIKE}


@lru_cache(16384)
def _lost(name: str, heard: str) -> float:
    """What it costs that the letters of a name were heard as these."""

    def swapped(letter: str, other: str) -> float:
        return _SWAPPED if other in _ALIKE.get(letter, ()) else _WRONG

    def dropped(letter: str, before: str) -> float:
        if letter == before:
            return _SWAPPED
        if before == " ":
            return _LOST
        if letter == "a":
            return _LOST_A / 2 if before in "jk" else _LOST_A
        return _LOST_VOWEL if letter in _VOWELS else _LOST

    begins = _FIRST_LETTER * (name[:1] != heard[:1])
    return begins + _distance(name, heard, swapped, dropped, lambda letter, before: _ADDED)


@lru_cache(16384)
def _apart(name: str, heard: str) -> float:
    """How far a written name is from what was written for how it sounded."""

    def swapped(letter: str, other: str) -> float:
        if letter in _VOWELS and other in _VOWELS:
            return 0.3
        return 0.3 if other in _LIKE_SOUND.get(letter, ()) else 1.0

    def dropped(letter: str, before: str) -> float:
        if letter == before or letter == "h" or letter in _LIKE_SOUND.get(before, ()):
            return 0.15
        return 0.5 if letter in _VOWELS else 0.9

    return min(_distance(name, heard, swapped, dropped, dropped), _MOST_SOUND)


def _distance(
    one: str,
    other: str,
    swapped: Callable[[str, str], float],
    dropped: Callable[[str, str], float],
    added: Callable[[str, str], float],
) -> float:
    """The least cost of making `other` of `one`. Dropping and adding are told the letter before."""
    row = [0.0]
    for before, letter in pairwise(f" {other}"):
        row.append(row[-1] + added(letter, before))
    for before, letter in pairwise(f" {one}"):
        drop = dropped(letter, before)
        grown = [row[0] + drop]
        for at, (past, against) in enumerate(pairwise(f" {other}"), 1):
            swap = row[at - 1] + (0.0 if letter == against else swapped(letter, against))
            grown.append(min(swap, row[at] + drop, grown[-1] + added(against, past)))
        row = grown
    return row[-1]


def _unlike(name: NameWords, words: NameWords) -> float:
    """What it costs that the name sounded like these words; nothing of a word that was not said."""
    said = name[: len(words)] if len(words) < len(name) and name[: len(words)] == words else name
    apart = _apart("".join(said), "".join(words)) if words else 0.0
    if len(said) == len(words) == 2:
        apart = min(apart + _OTHER_PAUSE, sum(map(_apart, said, words)))
    return _OF_SOUND * apart


def _far(name: NameWords, earlier: list[str]) -> float:
    """What it costs that the name, or one of its words, was spelled like this before."""
    ways = {"".join(name), *name}
    return sum(_OF_EARLIER * min(_MOST_EARLIER, *(_lost(way, letters) for way in ways)) for letters in earlier)
