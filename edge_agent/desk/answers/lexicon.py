"""Lexicon: what words of a language mean the same, and what a question asks for; and the terms of a text by it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from edge_agent.words import FALLBACK, FOLDER, code_of

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_VOWEL = re.compile("[aeiouy]")
STRICT = {"phone", "price", "clock", "age", "name"}
"""Kinds without which a sentence is no answer. The others make it a worse one."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What is asked for: a price, a time, a number."""

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]
    """What a sentence has that tells it."""
    words: frozenset[str]
    """Terms that ask for it, and that an answer need not have."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of a language, with those that an owner has added."""

    common: frozenset[str]
    kin: Mapping[str, frozenset[str]]
    """A term -> the terms that answer for it."""
    kinds: tuple[AskedFor, ...]
    asks: frozenset[str]
    follows: re.Pattern[str]
    stand_for: frozenset[str]
    beside: frozenset[str]
    """Terms that say when, and seldom what it is about ..."""
    numbers: frozenset[str]
    """... and those that say how many."""
    days: frozenset[str]
    """Terms of the days of the week, of which a later one takes the place of an earlier one."""
    compounds: frozenset[str] = field(default=frozenset())
    """Terms of two words and more, joined by "+"."""

    def answering(self, term: str) -> frozenset[str]:
        """The terms by which a document may call it; itself is one."""
        return self.kin.get(term, frozenset()) | {term}

    def with_compounds(self, compounds: Iterable[str]) -> Lexicon:
        return Lexicon(
            self.common, self.kin, self.kinds, self.asks, self.follows, self.stand_for,
            self.beside, self.numbers, self.days, self.compounds | frozenset(compounds),
        )  # fmt: skip


def words(text: str) -> list[str]:
    """The words of a text, in lower case, "guest's" as "guest"."""
    return [re.sub(r"['’]s$", "", each.lower()) for each in _WORD.findall(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its endings, which need not be a word: "reservation" and "reserved" meet in "reserv"."""
    if len(word) < 3 or not word.isalpha():
        return word
    if len(word) == 3:
        return re.sub(r"(?<=[^su])s$", "", word)
    word = re.sub(r"ies$", "y", word) if len(word) > 4 else word
    word = re.sub(r"(?:(?<=[sxz])|(?<=[cs]h))es$", "", word)
    word = re.sub(r"(?<=[^su])s$", "", word)
    for ending in (
        "ations",
        "ation",
        "ibility",
        "ability",
        "ments",
        "ment",
        "ible",
        "able",
        "ness",
        "ing",
        "ed",
        "ly",
        "al",
    ):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = re.sub(r"([bdfglmnprt])\1$", r"\1", rest)
            break
    return re.sub(r"(?:e|y|ic)$", "", word) if len(word) > 3 else word


def joined(parts: Iterable[str]) -> str:
    """The compound of some words: ("check", "in") -> "check+in"."""
    return "+".join(map(stem, parts))


def hyphened(text: str) -> Iterator[str]:
    """The compounds that a text writes with a hyphen."""
    for found in re.findall(r"[^\W_]+(?:-[^\W_]+)+", text.lower()):
        parts = found.split("-")
        yield from (joined(pair) for pair in pairwise(parts))


def terms(text: str, lexicon: Lexicon, *, whole: bool = False) -> list[str]:
    """The terms of a text, without common words. The words of a compound count beside it, unless it is taken `whole`,
    as in a question."""
    found, said = [], words(text)
    at = 0
    while at < len(said):
        compound = next(
            (joined(said[at : at + n]) for n in (3, 2) if joined(said[at : at + n]) in lexicon.compounds), ""
        )
        if compound and at + compound.count("+") < len(said):
            found.append(compound)
            if whole:
                at += compound.count("+") + 1
                continue
        if said[at] not in lexicon.common and (len(said[at]) > 1 or said[at].isdigit()):
            found.append(stem(said[at]))
        at += 1
    return found


@lru_cache
def _texts(language: str) -> dict[str, Any]:
    file = FOLDER / code_of(language) / "answers.toml"
    return tomllib.loads((file if file.is_file() else FOLDER / FALLBACK / "answers.toml").read_text(encoding="utf-8"))


def lexicon_of(language: str, synonyms: Mapping[str, tuple[str, ...]] | None = None) -> Lexicon:
    """The lexicon of a language, of one that has none the English one, with the synonyms of an owner."""
    texts = _texts(language)
    groups = [[_term(word) for word in line.split()] for line in texts["kin"]]
    groups += [[_term(word) for word in (key, *others)] for key, others in (synonyms or {}).items()]
    kin: dict[str, set[str]] = {}
    for group in groups:
        for term in group:
            kin.setdefault(term, set()).update(group)
    days: set[str] = set()
    for line in texts["covers"]:
        general, *each = (_term(word) for word in line.split())
        days.update(each)
        kin.setdefault(general, {general})
        for term in each:
            kin.setdefault(term, set()).add(general)
    return Lexicon(
        frozenset(texts["common"].split()),
        {term: frozenset(group) for term, group in kin.items()},
        tuple(map(_kind, texts["kind"])),
        frozenset(texts["asks"].split()),
        re.compile(r"\W*(?:" + "|".join(texts["follows"]) + ")", re.IGNORECASE),
        frozenset(texts["stand_for"]),
        frozenset(map(_term, texts["beside"].split())),
        frozenset(map(stem, texts["numbers"].split())),
        frozenset(days),
        frozenset(term for term in kin if "+" in term),
    )


def _term(word: str) -> str:
    return joined(words(word))


def _kind(text: dict[str, str]) -> AskedFor:
    words = frozenset(map(stem, text["words"].split()))
    return AskedFor(text["name"], _pattern(text["asked"]), _pattern(text["told"], text["name"]), words)


def _pattern(text: str, name: str = "") -> re.Pattern[str]:
    """Names are told apart by their capitals, all else is not."""
    return re.compile(text.replace("\n", ""), 0 if name == "name" else re.IGNORECASE)
