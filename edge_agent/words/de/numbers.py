"""German words for numbers, and for what else is written in digits: telephone numbers, versions, decades, ordinals.

espeak-ng reads German digits well, but neither 1.000 nor 22.11., no year before 2000 and no ordinal.
"""

from __future__ import annotations

import re

from edge_agent.words.numbers import NOT_INSIDE, Numbers
from edge_agent.words.rules import Rule, rule

NUMBERS = Numbers("de", thousands=".", decimal=",", point="Komma")
NUMBER = NUMBERS.pattern
number_words, spelled, cardinal = NUMBERS.words, NUMBERS.spelled, NUMBERS.cardinal

WEAK = "am|ab|beim|bis|dem|den|des|dieses|diesem|diesen|im|jedem|jeden|nach|seit|vom|vor|zum|zur"
"""Words before an ordinal that ends in -n: am zweiundzwanzigsten."""
_THOUSANDS = r"(?![0-9]{1,3}(?:\.[0-9]{3})+(?![0-9.]))"
"""The place is not before 1.000.000."""


def ordinal(number: int, before: str | None) -> str:
    """`before`: the word in front: der dritte, am dritten, dritter."""
    ending = "r" if not before else "n" if re.fullmatch(WEAK, before, re.IGNORECASE) else ""
    return number_words(number, "ordinal") + ending


def year(number: int) -> str:
    """1984 -> neunzehnhundertvierundachtzig, 2026 -> zweitausendsechsundzwanzig."""
    return number_words(number, "year")


def _ordinal(match: re.Match[str]) -> str:
    return f"{match[1]} {ordinal(int(match[2]), match[1])}"


def _number(text: str) -> str:
    is_year = len(text) == 4 and text.isdigit() and 1100 <= int(text) <= 2099
    return year(int(text)) if is_year else cardinal(text)


def _digits(match: re.Match[str]) -> str:
    return spelled(match[0])


def _parts(match: re.Match[str]) -> str:
    return " Punkt ".join(cardinal(part) for part in match[0].split("."))


CODE_RULES: tuple[Rule, ...] = (
    rule(r"\b([0-9]{1,4})er(?=s?\b|-)", lambda match: _number(match[1]) + "er"),
    rule(
        r"(?<!\w)\+(?=(?:[^0-9]?[0-9]){7})[0-9]{1,3}(?:[ ./-]?\(?[0-9]+\)?)+",
        lambda match: "plus " + spelled(match[0]),
    ),
    rule(NOT_INSIDE + r"\(?0[0-9]{2,5}\)?(?: ?[/-] ?| )[0-9]{2,}(?:[ -][0-9]{2,})*\b", _digits),
    rule(NOT_INSIDE + r"[0-9]+(?:-[0-9]+){2,}(?![\w-])", _digits),
    rule(r"(?<=[Nn]otruf )[0-9]{3}\b|(?<=[Ww]ähle )[0-9]{3,}\b", _digits),
    rule(r"\b(?![0-9.]+\.000\b)(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b(?!\.[0-9])", lambda match: spelled(match[0], " Punkt ")),
    rule(r"\bv(?=[0-9])", "Version "),
    rule(rf"(?<![\w.]){_THOUSANDS}[0-9]+(?:\.[0-9]+){{2,}}|(?<=[Vv]ersion )[0-9]+\.[0-9]+\b", _parts),
)
"""Digits that are no quantity, and decades."""

PLAIN_RULES: tuple[Rule, ...] = (
    rule(rf"\b({WEAK}|der|die|das|jede[rs]?) ([0-9]{{1,3}})\.(?=\s+[^\W\d_])", _ordinal),
    rule(r"\^([-−]?)(?=[0-9])", lambda match: " hoch minus " if match[1] else " hoch "),
    rule(r"(?<=[0-9]) [-−] (?=[0-9])", " minus "),
    rule(r"(?<=[0-9])\s?[x×*·]\s?(?=[0-9])", " mal "),
    rule(r"(?<=[0-9])[x×](?!\w)", " mal"),
    rule(r"(?<=[0-9])\s?[/÷]\s?(?=[0-9])", " durch "),
    rule(r"(?<=[0-9]):(?=[0-9])", " zu "),
    rule(  # English decimals, which models write too
        rf"(?<![\w.,]){_THOUSANDS}([0-9]+)\.([0-9]+)(?![.,]?[0-9])",
        lambda match: f"{cardinal(match[1])} Punkt {spelled(match[2])}",
    ),
    rule(r"(?<![\w.,])[.,]([0-9]+)", lambda match: f"null Komma {spelled(match[1])}"),
    rule(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])", " "),
    rule(NUMBER, lambda match: _number(match[0])),
)
"""All that is left; afterwards there is no digit."""
