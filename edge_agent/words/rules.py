"""A rule of wording: a pattern, and the words for what it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def rule(pattern: str, words: str | Callable[[re.Match[str]], str]) -> Rule:
    """`words` is a template (`\\1` is the first group) or makes the words of a match."""
    return re.compile(pattern), words


def apply(rules: Iterable[Rule], text: str) -> str:
    """One rule after another, each on what the earlier ones left."""
    for pattern, words in rules:
        text = pattern.sub(words, text)
    return text
