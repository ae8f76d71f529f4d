"""Symbols: rules for those that espeak-ng reads wrong or skips, in the words of any language."""

from __future__ import annotations

from collections.abc import Mapping

from edge_agent.words.rules import Rule, rule

_SYMBOLS = (
    (r"\s*&\s*", " {and} "),
    (r"\^(?=\w)", " {power} "),
    (r"\s*(?:<=|≤)\s*", " {at_most} "),
    (r"\s*(?:>=|≥)\s*", " {at_least} "),
    (r"\s*(?:!=|≠)\s*", " {unequal} "),
    (r"\s*[=-]+>\s*|\s*→\s*", " {to} "),
    (r"\s*={1,3}\s*", " {equals} "),
    (r"\s*≈\s*", " {nearly} "),
    (r"\s*±\s*", " {plus_minus} "),
    (r"\s+<\s+", " {less} "),
    (r"\s+>\s+", " {greater} "),
    (r"<(?=\s?\w)(?![^<>]*>)", "{below} "),
    (r"(?<![\w<>])>(?=\s?\w)", "{above} "),
    (r"(?<=\w)\s*[×·]\s*(?=\w)|(?<=\w) \* (?=\w)", " {times} "),
    (r"\s*÷\s*", " {divided} "),
    (r"\s*\+\s*", " {plus} "),
    (r"\s*−\s*", " {minus} "),
    (r"\s*@\s*", " {at} "),
    (r"√\s*", "{root} "),
    (r"(?<!\w)π(?!\w)", "{pi}"),
    (r"∞", " {infinity} "),
    (r"°", " {degrees} "),
    (r"%", " {percent} "),
    (r"~", " "),
    (r"\^", " "),
)


def symbol_rules(words: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules for symbols, which come after those for numbers. Raises KeyError where a word is missing."""
    return tuple(rule(pattern, said.format_map(words)) for pattern, said in _SYMBOLS)
