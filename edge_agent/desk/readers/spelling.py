"""Spelling: the name that letters spell, of which the ASR has heard some wrong and some not at all.

A noisy channel: of the names that the letters may come from, the one that is least far from the letters, from how the
name sounded, and from names that many people have. Costs are of one letter. They were set by hand after reading what
Whisper makes of spelled names: B for V, M-R-I-A for M-A-R-I-A, O-K-F-O-R for O-K-A-F-O-R.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, product
from math import inf

from edge_agent.desk.readers.common_names import CommonNames, common_names

_LETTERS_ALIKE = ("bcdegptvz", "gj", "ajk", "fsx", "mn", "qu", "ae", "ou")
"""Letters whose names sound alike."""
_SOUNDS_ALIKE = ("ckqgx", "szcx", "dt", "bpvfw", "mn", "iyej", "aeiou", "jg")
_LOST_FIRST_A = 0.3
_SWAPPED, _SWAPPED_A, _LOST_A, _LOST_VOWEL, _LOST, _TWICE, _ADDED, _WRONG = 0.4, 0.7, 0.2, 0.5, 1.0, 0.7, 1.4, 1.2
_FIRST_LETTER = 0.2
"""More for the first letter, which is heard best."""
_WORD, _RARE, _LONG, _ODD, _NO_PAUSE, _OTHER_PAUSE, _ALONE = 0.5, 0.18, 0.35, 0.06, 0.3, 0.6, 0.5
"""What a word costs, each letter of one that few people have, each above LONGEST besides, each nat of how odd it is
("Mria"), two words without a pause between them, a pause elsewhere than in what was heard, a name of one word."""
_LONGEST = 8
_OF_SOUND, _MOST_SOUND, _PART = 0.7, 3.0, 0.3
"""How much the sound of the name counts beside its letters, its most, as names are heard as anything, and what it costs
that only a part of it was heard."""
_OF_EARLIER, _MOST_EARLIER = 0.7, 2.0
"""The same for the letters of earlier tries."""
_OTHER = 0.3
"""What letters cost that are not the likeliest."""
_NEAR, _SPLITS = 6, 4
_VOWELS = "aeiouy"

NameWords = tuple[str, ...]
"""The words of a name, in small letters."""


@dataclass(frozen=True, slots=True)
class SpelledTry:
    """What was heard of a name at one try: its letters, in parts between pauses, and its words."""

    letters: tuple[str, ...] = ()
    words: NameWords = ()


def spelled_name(
    told: Sequence[SpelledTry], language: str, refused: Collection[str] = (), others: Sequence[SpelledTry] = ()
) -> NameWords:
    """The likeliest name that the last of `told` spells, of those that were not `refused`. What was heard of it before
    counts, too. `others`: what may have been said in place of the last, likeliest first."""
    names, heard = common_names(language), [each.words for each in told if each.words]
    earlier = ["".join(each.letters) for each in told[:-1] if each.letters]
    best: NameWords = ("".join(told[-1].letters),)
    least = inf
    costs: dict[NameWords, float] = {}
    for at, letters in enumerate(dict.fromkeys([told[-1].letters, *(each.letters for each in others)])):
        for words in dict.fromkeys([told[-1].words, *reversed(heard)]):
            for name, cost in _readings(letters, words, names):
                cost += min(at, 1) * _OTHER
                costs[name] = min(cost, costs.get(name, inf))
    for name, cost in sorted(costs.items(), key=lambda each: each[1]):
        if cost >= least:
            break  # what else it sounds like makes none of the others cheaper
        if " ".join(name) not in refused:
            most = (least - cost) * len(heard)
            unlike = sum(_unlike(name, each, most) for each in heard) / max(1, len(heard))
            cost += unlike + _far(name, earlier)
            best, least = (name, cost) if cost < least else (best, least)
    return best


def _readings(parts: tuple[str, ...], words: NameWords, names: CommonNames) -> Iterator[tuple[NameWords, float]]:
    """The names that the letters may spell, with the cost of their letters."""
    letters = "".join(parts)
    everybody = names.first | names.last
    kept = [_rare(word, everybody, names) for word in words]
    if len(parts) == 2 and len(words) < 2:  # both were spelled, whatever was heard
        yield from _pairs(parts, words, names)
        return
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
        alike = {word for _, word in _near(heard, known, names)}
        for word in {heard, *alike, *_between(letters, heard)} - found.keys():
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
    length = _RARE * max(0, len(word) - 2) + _LONG * max(0, len(word) - _LONGEST)
    return _WORD + length + _ODD * names.oddness(word)


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


@dataclass(frozen=True, slots=True)
class EditCosts:
    """What it costs to make one word of another, letter by letter; of pairs that are not listed the number."""

    swap: Mapping[str, float]
    """That of a letter and the one that takes its place ..."""
    swapped: float
    drop: Mapping[str, float]
    """... of a letter that goes, behind the one before it ..."""
    dropped: float
    add: Mapping[str, float]
    """... and of one that comes, behind the one before it."""
    added: float


_SIGNS = [" ", *_ALIKE]


def _heard_letters() -> EditCosts:
    """Those of the letters of a name, as an ASR loses them."""
    swap = {f"a{other}": _SWAPPED_A for other in _ALIKE}
    swap |= {letter + other: _SWAPPED for letter, others in _ALIKE.items() for other in others}
    drop = {}
    for before, letter in product(_SIGNS, _ALIKE):
        cost = _LOST_A / 2 if letter == "a" and before in "jk" else _LOST_A if letter == "a" else _LOST
        cost = _LOST_VOWEL if letter in _VOWELS and letter != "a" else cost
        begins = _LOST_FIRST_A if letter == "a" else _LOST
        drop[before + letter] = _SWAPPED if letter == before else begins if before == " " else cost
    twice = {letter + letter: _TWICE for letter in _ALIKE}
    return EditCosts(swap, _WRONG, drop, _LOST, twice, _ADDED)


def _heard_sounds() -> EditCosts:
    """Those of a name that is said, as an ASR writes it."""
    alike = {letter + other for letter, others in _LIKE_SOUND.items() for other in others}
    alike |= {letter + other for letter, other in product(_VOWELS, _VOWELS)}
    gone = {}
    for before, letter in product(_SIGNS, _ALIKE):
        is_silent = letter in (before, "h") or before in _LIKE_SOUND[letter]
        gone[before + letter] = 0.15 if is_silent else 0.5 if letter in _VOWELS else 0.9
    return EditCosts(dict.fromkeys(alike, 0.3), 1.0, gone, 0.9, gone, 0.9)


_LETTERS, _SOUNDS = _heard_letters(), _heard_sounds()


@lru_cache(16384)
def _lost(name: str, heard: str) -> float:
    """What it costs that the letters of a name were heard as these."""
    return _FIRST_LETTER * (name[:1] != heard[:1]) + _distance(name, heard, _LETTERS)


@lru_cache(16384)
def _apart(name: str, heard: str) -> float:
    """How far a written name is from what was written for how it sounded."""
    return _distance(name, heard, _SOUNDS, _MOST_SOUND)


def _distance(one: str, other: str, costs: EditCosts, most: float = inf) -> float:
    """The least cost of making `other` of `one`, `most` at most. What both begin and end with, but for the letter
    beside what differs, costs nothing: it is most of two names that are alike."""
    if one == other:
        return 0.0
    one, other = _differing(one, other)
    swap, letters = costs.swap.get, other[1:]
    adds = [costs.add.get(pair, costs.added) for pair in map("".join, pairwise(other))]
    row = [0.0, *accumulate(adds)]
    for before, letter in pairwise(one):
        gone = costs.drop.get(before + letter, costs.dropped)
        left = row[0] + gone
        grown = [left]
        for at, against in enumerate(letters):
            across = row[at] if letter == against else row[at] + swap(letter + against, costs.swapped)
            left = min(across, row[at + 1] + gone, left + adds[at])
            grown.append(left)
        if min(grown) >= most:
            return most
        row = grown
    return min(row[-1], most)


def _differing(one: str, other: str) -> tuple[str, str]:
    """Both from the letter before what differs on, to the letter behind it."""
    begin, most = 0, min(len(one), len(other)) - 1
    while begin < most and one[: begin + 2] == other[: begin + 2]:
        begin += 1
    end = 0
    while end < most - begin and one[-2 - end :] == other[-2 - end :]:
        end += 1
    ahead = one[begin - 1] if begin else " "
    return ahead + one[begin : len(one) - end], ahead + other[begin : len(other) - end]


def _unlike(name: NameWords, words: NameWords, most: float) -> float:
    """What it costs that the name sounded like these words, `most` at most; nothing of a word that was not said."""
    said = name[: len(words)] if len(words) < len(name) and name[: len(words)] == words else name
    limit = min(_MOST_SOUND, most / _OF_SOUND)
    apart = _distance("".join(said), "".join(words), _SOUNDS, limit) if words else 0.0
    if len(words) < len(name):  # the rest may not have been taken for a name
        apart = min(apart, _PART + _distance("".join(name[: len(words)]), "".join(words), _SOUNDS, limit))
    if len(said) == len(words) == 2:
        apart = min(apart + _OTHER_PAUSE, sum(map(_apart, said, words)))
    return _OF_SOUND * apart


def _far(name: NameWords, earlier: list[str]) -> float:
    """What it costs that the name, or one of its words, was spelled like this before."""
    ways = {"".join(name), *name}
    return sum(_OF_EARLIER * min(_MOST_EARLIER, *(_lost(way, letters) for way in ways)) for letters in earlier)
