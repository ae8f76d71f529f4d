"""Vocabulary: the words of times in one language, from words/<language>/times.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edge_agent.act.numbers import Counting, counting_of
from edge_agent.act.times.feasts import named_in
from edge_agent.words import FOLDER, code_of

Phrases = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
"""Phrases by their first word: the words of each and the token that it is, longest first."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the words of a language mean to the grammar."""

    phrases: Phrases
    zones: tuple[str, ...]
    """Names or offsets of the zones; the token Z3 is the fourth."""
    feasts: tuple[str, ...]
    """How the days with names are reckoned; the token F3 is the fourth."""
    weak: frozenset[str]
    after_ordinal: frozenset[str]
    after_hour: frozenset[str]
    before_one: frozenset[str]
    after_one: frozenset[str]
    wakes: frozenset[str]
    counting: Counting


@lru_cache
def vocabulary_of(language: str, country: str | None = None) -> Vocabulary | None:
    """The words of a language and the names of a country's holidays; None where there is no `times.toml`."""
    file = FOLDER / code_of(language) / "times.toml"
    counting = counting_of(language)
    if counting is None or not file.is_file():
        return None
    said: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    feasts = {rule: [phrase.split() for phrase in phrases] for rule, phrases in said["feasts"].items()}
    if country:
        feasts |= {f"{country} {name}": [words] for name, words in named_in(country).items()}
    phrases = [*_pairs("", said["words"]), *_pairs("Z", said["zones"])]
    phrases += [(tuple(words), f"F{number}") for number, each in enumerate(feasts.values()) for words in each]
    lists = {name: frozenset(said[name]) for name in ("weak", "after_ordinal", "after_hour", "before_one")}
    return Vocabulary(
        phrases=_by_first_word(phrases),
        zones=tuple(said["zones"]),
        feasts=tuple(feasts),
        after_one=frozenset(said["after_one"]),
        wakes=frozenset(said["wakes"]),
        counting=counting,
        **lists,
    )


def _pairs(letter: str, table: Mapping[str, list[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    for number, (token, phrases) in enumerate(table.items()):
        for phrase in phrases:
            yield tuple(phrase.split()), f"{letter}{number}" if letter else token


def _by_first_word(phrases: list[tuple[tuple[str, ...], str]]) -> Phrases:
    """The phrases by their first word. Of two meanings of the same words the later counts: a country's own holiday."""
    table: dict[str, dict[tuple[str, ...], str]] = {}
    for words, token in phrases:
        table.setdefault(words[0], {})[words] = token
    return {first: tuple(sorted(each.items(), key=lambda item: -len(item[0]))) for first, each in table.items()}
