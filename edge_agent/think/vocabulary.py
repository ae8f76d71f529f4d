"""Vocabulary: which tokens of a byte-pair encoding what is said in English needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

LANGUAGES = frozenset({"en"})
"""Languages for which a vocabulary may be trimmed: others in Latin letters keep fewer of their words."""
KEPT = 65_536
"""Tokens that are kept of a vocabulary, a multiple of 8 as llama.cpp lays out rows: all words of Qwen2.5 in Latin
letters behind a blank, and three of four other words, numbers and marks."""
NORMAL, UNUSED = 1, 5
"""Types of a token: a piece of text, and one that no text has."""
_PRINTED = (*range(33, 127), *range(161, 173), *range(174, 256))
_SCRIPT = ((0x00, 0x250), (0x1E00, 0x1F00), (0x2010, 0x2027), (0x20A0, 0x20C0))
"""Characters of what is written in Latin letters, from and to: letters with what they bear, dashes and quotation
marks, currencies."""


def _letters() -> dict[str, int]:
    """How a byte-pair encoding writes a byte: as itself where that is printed, else from 256 on in their order."""
    unprinted = (byte for byte in range(256) if byte not in _PRINTED)
    return {chr(byte): byte for byte in _PRINTED} | {chr(256 + at): byte for at, byte in enumerate(unprinted)}


_BYTES = _letters()


@dataclass(frozen=True, slots=True)
class BytePairs:
    """A byte-pair encoding, as a GGUF file lists it."""

    tokens: Sequence[str]
    """The text of each, by id."""
    kinds: Sequence[int]
    """Their types."""
    merges: Sequence[str]
    """The two tokens that make another, "a b", the first to be made first."""


def kept(pairs: BytePairs, most: int = KEPT, needed: Iterable[int] = ()) -> list[int] | None:
    """The ids of the tokens to keep, `most` of them, ascending; None where it cannot be cut, or has no more than that.

    Kept are bytes, control tokens and those `needed`, then words behind a blank, then what else is said, each in the
    order of the merges, which is that of how frequent they are in what the model has read. Each token is kept with
    those that it is merged of: so a text of kept tokens is read as before, and of any other text each dropped token
    becomes several.
    """
    merges = _merges(pairs)
    if merges is None or len(pairs.tokens) <= most:
        return None
    found = {id for id, (token, kind) in enumerate(zip(pairs.tokens, pairs.kinds, strict=True)) if _always(token, kind)}
    found |= _closed(needed, merges, found)
    for id in sorted(merges, key=lambda id: (_place(pairs.tokens[id]), merges[id].rank)):
        more = _closed([id], merges, found)
        if len(found) + len(more) <= most:
            found |= more
        if len(found) == most:
            break
    return sorted(found)


def remaining(pairs: BytePairs, kept: Collection[int]) -> list[str]:
    """The merges that make a kept token."""
    there = {pairs.tokens[id] for id in kept}
    return [merge for merge in pairs.merges if "".join(merge.split(" ", 1)) in there]


@dataclass(frozen=True, slots=True)
class _Merge:
    """How a token is made."""

    rank: int
    of: tuple[int, int]


def _merges(pairs: BytePairs) -> dict[int, _Merge] | None:
    """How each token is made that is no byte; None where one cannot be, or can be in two ways."""
    ids = {token: id for id, token in enumerate(pairs.tokens)}
    found: dict[int, _Merge] = {}
    for rank, merge in enumerate(pairs.merges):
        left, _, right = merge.partition(" ")
        made = ids.get(left + right)
        if made is None or made in found or left not in ids or right not in ids:
            return None
        found[made] = _Merge(rank, (ids[left], ids[right]))
    whole = all(
        id in found or token in _BYTES
        for id, (token, kind) in enumerate(zip(pairs.tokens, pairs.kinds, strict=True))
        if kind == NORMAL
    )
    return found if whole and set(_BYTES) <= ids.keys() else None


def _always(token: str, kind: int) -> bool:
    return token in _BYTES or kind not in (NORMAL, UNUSED)


def _closed(wanted: Iterable[int], merges: dict[int, _Merge], found: Collection[int]) -> set[int]:
    """Those of `wanted` that are not `found`, with what they are merged of."""
    more, due = set[int](), list(wanted)
    while due:
        id = due.pop()
        if id not in found and id not in more:
            more.add(id)
            due += merges[id].of if id in merges else ()
    return more


def _place(token: str) -> int:
    """0 for a word in Latin letters behind a blank, 1 for another one, a number, marks, or a part of a tool's name, 2
    for what nobody says: other scripts, and parts of programs, as "getId" and ".com" are."""
    text = bytes(_BYTES[letter] for letter in token).decode(errors="replace")
    if not all(any(start <= ord(char) < end for start, end in _SCRIPT) for char in text):
        return 2
    word = text.strip().removeprefix("_").replace("'", "")
    if word.isalpha() and word in (word.lower(), word.upper(), word.capitalize()):
        return 0 if text[0] == " " and text.isascii() else 1
    return 1 if word.isdigit() or not any(map(str.isalnum, word)) else 2
