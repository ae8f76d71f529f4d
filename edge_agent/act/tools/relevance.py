"""Relevance: the tools that share words with what was said. Small models call whatever they are offered."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Any

from edge_agent.act.tools.tool import Tool
from edge_agent.words import FALLBACK, FOLDER, code_of

NAME, CHOICE, DESCRIPTION, ARGUMENT = 1.0, 1.0, 0.7, 0.5
"""Weights of a word of the tool's name, of the values it may be given, of its description, of an argument's name."""
LEAST = 0.5
"""A tool fits from there on ..."""
USUAL = 14
"""Words with a meaning that a request has at most; of one that has more, more must be shared."""
SHARE = 0.4
"""... if it reaches this share of the best one."""
_ENDINGS = ("ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "s", "e", "y")


@dataclass(frozen=True, slots=True)
class Matching:
    """Words of a language by which tools are found."""

    common: frozenset[str]
    """Words that say nothing about what is wanted."""
    kin: dict[str, str]
    """A word -> the first of those that ask for the same; stems both."""
    times: frozenset[str]
    """Words that say when."""
    amounts: dict[str, float]
    """Words that stand for a number, as a month does for 30 days."""


@lru_cache
def matching_of(language: str) -> Matching:
    """The words of a language; of one that has none the English ones."""
    file = FOLDER / code_of(language) / "tools.toml"
    texts = tomllib.loads((file if file.is_file() else FOLDER / FALLBACK / "tools.toml").read_text(encoding="utf-8"))
    groups = [[stem(word) for word in line.split()] for line in texts["kin"]]
    common = frozenset(texts["common"].split())
    common |= {stem(word) for name in ("described", "times") for word in texts[name].split()}
    kin = {word: group[0] for group in groups for word in group}
    return Matching(common, kin, frozenset(texts["times"].split()), texts["amounts"])


def stem(word: str) -> str:
    """A word without its ending, which need not be a word: "raining" and "rains" meet in "rain"."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def stems(text: str, matching: Matching) -> Iterator[str]:
    """What the words of a text come to; of camelCase and snake_case too."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)
    for word in re.findall(r"[^\W\d]+", parted.lower()):
        if len(word) > 1 and word not in matching.common:
            found = stem(word)
            if found not in matching.common:
                yield matching.kin.get(found, found)


class Relevance:
    """The words of some tools, weighed: those that many of the tools have count less."""

    def __init__(self, tools: Sequence[Tool], language: str) -> None:
        self.tools = tuple(tools)
        self._matching = matching_of(language)
        self._words = [dict(_weighed(tool, self._matching)) for tool in tools]
        spread = Counter(word for words in self._words for word in words)
        self._rare = {word: 1 - log(count) / log(len(tools) + 1) for word, count in spread.items()}

    def best(self, text: str, most: int) -> tuple[Tool, ...]:
        """At most so many tools that fit `text`, the best first."""
        said = set(stems(text, self._matching))
        scores = [
            sum(weight * self._rare[word] for word, weight in words.items() if word in said) for words in self._words
        ]
        least = max(LEAST * max(1, len(said) / USUAL), SHARE * max(scores, default=0))
        order = sorted(range(len(scores)), key=lambda i: -scores[i])
        return tuple(self.tools[i] for i in order if scores[i] >= least)[:most]


def _weighed(tool: Tool, matching: Matching) -> Iterator[tuple[str, float]]:
    """The words of a tool with their weights; of a word in several places the greatest comes last."""
    members: dict[str, Any] = tool.parameters.get("properties", {})
    places: list[tuple[float, Iterable[str]]] = [
        (ARGUMENT, members),
        (DESCRIPTION, [tool.description]),
        (CHOICE, [value for each in members.values() for value in each.get("enum", ()) if isinstance(value, str)]),
        (NAME, [tool.name]),
    ]
    for weight, texts in places:
        for text in texts:
            yield from ((word, weight) for word in stems(text, matching))
