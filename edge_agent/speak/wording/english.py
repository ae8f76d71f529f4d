"""English words for addresses, paths, abbreviations, Roman numerals and symbols; numbers are in `numbers`."""

from __future__ import annotations

import re

from edge_agent.speak.wording.dates import DATE_RULES
from edge_agent.speak.wording.numbers import CODE_RULES, PLAIN_RULES, number_words
from edge_agent.speak.wording.quantities import QUANTITY_RULES
from edge_agent.speak.wording.rules import Rule, apply, rule

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
_TOP_LEVEL = "com|org|net|io|dev|edu|gov|ai|app|co|uk|de|fr|eu|info|tv|ch|nl|es|jp|ca"
_LONGEST_PATH = 3
"""Parts of an address or a file path that are read out; of a longer one only the host, or the file."""

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
_ROMANS = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X",
    "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX",
)  # fmt: skip
_ROMAN = {roman: number for number, roman in enumerate(_ROMANS, start=1)}
_NUMBERED = "[A-Z][a-z]+|chapter|part|type|phase|act|volume|section|book|level|stage|class"


def _url(match: re.Match[str]) -> str:
    """Scheme, "www.", query and fragment are not said."""
    address, stop = re.fullmatch(r"(.*?)([.,;:!?)'\"]*)", match[0], re.DOTALL).groups()  # type: ignore[union-attr]
    address = re.sub(r"^[A-Za-z]+://(?:www\.)?|^www\.", "", address)
    host, _, path = re.sub(r"[?#].*", "", address).partition("/")
    host = re.sub(r":(?=[0-9])", " port ", host.rpartition("@")[2])
    parts = [part for part in path.split("/") if part]
    said = [host, *parts] if len(parts) <= _LONGEST_PATH else [host]
    return " slash ".join(_address(part) for part in said) + stop


def _address(text: str) -> str:
    text = re.sub("[-_]+", lambda match: " dash " if match[0][0] == "-" else " underscore ", text)
    return re.sub(r"%[0-9A-Fa-f]{2}", " ", text).replace(".", " dot ").replace("+", " plus ")


def _email(match: re.Match[str]) -> str:
    return f"{_address(match[1])} at {_address(match[2])}"


def _path(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[/\\]", match[0]) if part]
    if len(parts) > _LONGEST_PATH:
        return re.sub(r"\.(?=\w)", " dot ", parts[-1])
    joint = " backslash " if "\\" in match[0] else " slash "
    said = joint.join(re.sub(r"\.(?=\w)", " dot ", part) for part in parts)
    said = said.replace("~", "home")
    return joint.lstrip() + said if match[0].startswith("/") else said.replace(":", "")


def _abbreviation(match: re.Match[str]) -> str:
    return _ABBREVIATIONS[match[1]]


def _dotted(match: re.Match[str]) -> str:
    """AT&T -> A.T. and T: espeak-ng reads "AT" and a single "A" as words."""
    return " and ".join("".join(f"{c}." for c in side) if len(side) > 1 else side for side in match[0].split("&"))


def _king(match: re.Match[str]) -> str:
    number = _ROMAN.get(match[2])
    return f"{match[1]} the {number_words(number, 'ordinal')}" if number else match[0]


def _numbered(match: re.Match[str]) -> str:
    number = _ROMAN.get(match[2])
    return f"{match[1]} {number}" if number else match[0]


_BEFORE_NUMBERS: tuple[Rule, ...] = (
    rule(r"(?<![\w.+-])([\w.+-]+)@(" + _HOST + ")", _email),
    rule(r"\b(?:[A-Za-z][A-Za-z0-9+.]*://|www\.)[^\s<>\"]+", _url),
    rule(rf"(?<![\w@.-])(?:[A-Za-z0-9-]+\.)+(?:{_TOP_LEVEL})\b(?:/[^\s<>\"]*)?", _url),
    rule(r"(?<![\w/.~])(?:~|\.{1,2})?(?:/[\w.@-]*[\w@-]){2,}/?|(?<![\w/])~/[\w.@-]*\w", _path),
    rule(r"\b[A-Z]:(?:\\[\w.@-]*\w)+", _path),
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
    rule(r"\s*&\s*", " and "),
    rule(r"\band/or\b", "and or"),
    rule(r"\^(?=\w)", " to the power of "),
    rule(r"\s*(?:<=|≤)\s*", " is at most "),
    rule(r"\s*(?:>=|≥)\s*", " is at least "),
    rule(r"\s*(?:!=|≠)\s*", " is not equal to "),
    rule(r"\s*[=-]+>\s*|\s*→\s*", " to "),
    rule(r"\s*={1,3}\s*", " equals "),
    rule(r"\s*≈\s*", " is about "),
    rule(r"\s*±\s*", " plus or minus "),
    rule(r"\s+<\s+", " is less than "),
    rule(r"\s+>\s+", " is greater than "),
    rule(r"<(?=\s?\w)(?![^<>]*>)", "less than "),
    rule(r"(?<![\w<>])>(?=\s?\w)", "more than "),
    rule(r"(?<=\w)\s*[×·]\s*(?=\w)|(?<=\w) \* (?=\w)", " times "),
    rule(r"\s*÷\s*", " divided by "),
    rule(r"\s*\+\s*", " plus "),
    rule(r"\s*−\s*", " minus "),
    rule(r"\s*@\s*", " at "),
    rule(r"√\s*", "the square root of "),
    rule(r"(?<!\w)π(?!\w)", "pi"),
    rule(r"∞", " infinity "),
    rule(r"°", " degrees "),
    rule(r"%", " percent "),
    rule(r"~", " "),
    rule(r"\^", " "),
)


_RULES = (*_BEFORE_NUMBERS, *DATE_RULES, *CODE_RULES, *QUANTITY_RULES, *PLAIN_RULES, *_AFTER_NUMBERS)


def in_english_words(text: str) -> str:
    """`text` without digits, and without the symbols that espeak-ng reads wrong or skips."""
    return apply(_RULES, text)
