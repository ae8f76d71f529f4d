"""English words for addresses, paths, abbreviations, Roman numerals and symbols; numbers are in `numbers`."""

from __future__ import annotations

import re

from edge_agent.words.addresses import Addresses
from edge_agent.words.en.dates import DATE_RULES
from edge_agent.words.en.numbers import CODE_RULES, PLAIN_RULES, number_words
from edge_agent.words.en.quantities import QUANTITY_RULES
from edge_agent.words.numbers import ROMAN
from edge_agent.words.rules import Rule, rule
from edge_agent.words.symbols import symbol_rules

_ADDRESSES = Addresses(
    at="at", dot="dot", slash="slash", backslash="backslash", dash="dash", underscore="underscore", plus="plus",
    port="port", home="home",
)  # fmt: skip
_SYMBOLS = {
    "and": "and", "power": "to the power of", "at_most": "is at most", "at_least": "is at least",
    "unequal": "is not equal to", "to": "to", "equals": "equals", "nearly": "is about", "plus_minus": "plus or minus",
    "less": "is less than", "greater": "is greater than", "below": "less than", "above": "more than", "times": "times",
    "divided": "divided by", "plus": "plus", "minus": "minus", "at": "at", "root": "the square root of", "pi": "pi",
    "infinity": "infinity", "degrees": "degrees", "percent": "percent",
}  # fmt: skip

_ABBREVIATIONS = {  # espeak-ng says "Mrs" right, but ends a sentence at its full stop
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Mrs", "Ms": "Miz", "Prof": "Professor", "Jr": "Junior",
    "Sr": "Senior", "Mt": "Mount", "Capt": "Captain", "Lt": "Lieutenant", "Sgt": "Sergeant",
    "Gov": "Governor", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dept": "Department",
    "Fig": "Figure", "fig": "figure", "Eq": "Equation", "Vol": "Volume", "vs": "versus",
    "approx": "approximately", "incl": "including", "excl": "excluding",
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Aug": "August", "Sep": "September",
    "Sept": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip

_KINGS = (
    "Henry|Louis|Charles|George|Edward|Richard|William|James|Elizabeth|Mary|Philip|Frederick|Napoleon|Benedict|"
    "Pius|Leo|Paul|Gregory|Alexander|Nicholas|Peter|Ivan|Catherine|Francis|Robert|Ramses|Ramesses"
)
_NUMBERED = "[A-Z][a-z]+|chapter|part|type|phase|act|volume|section|book|level|stage|class"


def _abbreviation(match: re.Match[str]) -> str:
    return _ABBREVIATIONS[match[1]]


def _dotted(match: re.Match[str]) -> str:
    """AT&T -> A.T. and T: espeak-ng reads "AT" and a single "A" as words."""
    return " and ".join("".join(f"{c}." for c in side) if len(side) > 1 else side for side in match[0].split("&"))


def _king(match: re.Match[str]) -> str:
    number = ROMAN.get(match[2])
    return f"{match[1]} the {number_words(number, 'ordinal')}" if number else match[0]


def _numbered(match: re.Match[str]) -> str:
    number = ROMAN.get(match[2])
    return f"{match[1]} {number}" if number else match[0]


_BEFORE_NUMBERS: tuple[Rule, ...] = (
    *_ADDRESSES.rules,
    rule(r"\b[eE]\.g\.,?", "for example,"),
    rule(r"\b[iI]\.e\.,?", "that is,"),
    rule(r"\ba\.k\.a\.", "also known as"),
    rule(r"\bPh\.\s?D\b\.?", "PHD"),
    rule(r"\betc\.(?=\s*$)", "et cetera."),
    rule(r"\betc\.", "et cetera"),
    rule(r"\b[wW]/o\b", "without"),
    rule(r"\bw/(?=\s|$)", "with"),
    rule(r"\b[Nn]os?\.\s?(?=[0-9])", "number "),
    rule(r"\bpp?\.\s?(?=[0-9])", "page "),
    rule(r"(?<=[a-z] )St\.(?=\s+[^A-Z]|\s*[,;]|\s*$)", "Street"),
    rule(r"\bSt\.(?=\s[A-Z])", "Saint"),
    rule(rf"\b({'|'.join(_ABBREVIATIONS)})\.(?!\w)(?=\s*\S)", _abbreviation),
    rule(r"\bvs\b", "versus"),
    rule(rf"\b({_KINGS}) ([IVX]{{2,5}}|[VX])\b(?!\.\w)", _king),
    rule(r"\b(World War) (I)\b", _numbered),
    rule(rf"\b(?!The |An |A )({_NUMBERED}) ([IVX]{{2,5}})\b(?!\.\w)", _numbered),
    rule(r"\bC\+\+(?!\w)", "C plus plus"),
    rule(r"\b([A-G])#(?!\w)", r"\1 sharp"),
    rule(r"#(?=[0-9])", "number "),
    rule(r"#(?=\w)", "hashtag "),
    rule(r"~\s?(?=[$€£]?[0-9])", "about "),
)  # fmt: skip

_AFTER_NUMBERS: tuple[Rule, ...] = (
    rule(r"\b[A-Z]+(?:&[A-Z]+)+\b", _dotted),
    rule(r"\band/or\b", "and or"),
    *symbol_rules(_SYMBOLS),
)


RULES = (*_BEFORE_NUMBERS, *DATE_RULES, *CODE_RULES, *QUANTITY_RULES, *PLAIN_RULES, *_AFTER_NUMBERS)
"""What they leave has no digit, and no symbol that espeak-ng reads wrong or skips."""
