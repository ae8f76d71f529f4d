"""German words for addresses, abbreviations, Roman numerals and symbols; numbers are in `numbers`."""

from __future__ import annotations

import re

from edge_agent.words.addresses import Addresses
from edge_agent.words.de.dates import DATE_RULES
from edge_agent.words.de.numbers import CODE_RULES, PLAIN_RULES, number_words
from edge_agent.words.de.quantities import QUANTITY_RULES
from edge_agent.words.numbers import ROMAN
from edge_agent.words.rules import Rule, rule
from edge_agent.words.symbols import symbol_rules

_ADDRESSES = Addresses(
    at="ät", dot="Punkt", slash="Schrägstrich", backslash="Backslash", dash="Bindestrich", underscore="Unterstrich",
    plus="plus", port="Port", home="Home",
)  # fmt: skip
_SYMBOLS = {
    "and": "und", "power": "hoch", "at_most": "ist höchstens", "at_least": "ist mindestens", "unequal": "ist ungleich",
    "to": "zu", "equals": "gleich", "nearly": "ist ungefähr", "plus_minus": "plus minus", "less": "ist kleiner als",
    "greater": "ist größer als", "below": "weniger als", "above": "mehr als", "times": "mal", "divided": "durch",
    "plus": "plus", "minus": "minus", "at": "ät", "root": "Wurzel aus", "pi": "Pi", "infinity": "unendlich",
    "degrees": "Grad", "percent": "Prozent",
}  # fmt: skip

_SPACED = {
    "z. B.": "zum Beispiel", "d. h.": "das heißt", "u. a.": "unter anderem", "z. T.": "zum Teil",
    "i. d. R.": "in der Regel", "u. U.": "unter Umständen", "o. Ä.": "oder Ähnliches", "u. Ä.": "und Ähnliches",
    "v. a.": "vor allem", "s. o.": "siehe oben", "s. u.": "siehe unten", "v. Chr.": "vor Christus",
    "n. Chr.": "nach Christus",
}  # fmt: skip
_ABBREVIATIONS = {
    "Dr": "Doktor", "Prof": "Professor", "Hr": "Herr", "Fr": "Frau", "St": "Sankt", "Str": "Straße",
    "Tel": "Telefon", "bzw": "beziehungsweise", "ca": "circa", "evtl": "eventuell", "ggf": "gegebenenfalls",
    "inkl": "inklusive", "exkl": "exklusive", "zzgl": "zuzüglich", "bspw": "beispielsweise", "vgl": "vergleiche",
    "max": "maximal", "min": "minimal", "mind": "mindestens", "insb": "insbesondere", "bzgl": "bezüglich",
    "sog": "sogenannt", "geb": "geboren", "Jh": "Jahrhundert", "Hbf": "Hauptbahnhof", "Jan": "Januar",
    "Feb": "Februar", "Apr": "April", "Aug": "August", "Sept": "September", "Okt": "Oktober", "Nov": "November",
    "Dez": "Dezember",
}  # fmt: skip
_BEFORE_NUMBER = {
    "Nr": "Nummer", "Abs": "Absatz", "Art": "Artikel", "Kap": "Kapitel", "Bd": "Band", "Abb": "Abbildung",
    "Tab": "Tabelle", "S": "Seite", "§": "Paragraph",
}  # fmt: skip

_KINGS = (
    "Ludwig|Karl|Heinrich|Wilhelm|Friedrich|Otto|Georg|Benedikt|Pius|Leo|Paul|Franz|Napoleon|Philipp|Alexander|"
    "Nikolaus|Peter|Rudolf|Maximilian|Konrad|Leopold|Eduard|Richard|Ramses"
)
_QUEENS = "Elisabeth|Katharina|Maria|Margarete"


def _spaced(text: str) -> Rule:
    """A capital or a small letter in front, spaces or none between."""
    pattern = re.escape(text).replace(r"\ ", r"\s?")
    return rule(rf"\b(?:{pattern[0]}|{pattern[0].upper()}){pattern[1:]}", _SPACED[text])


def _ruler(match: re.Match[str]) -> str:
    number, article = ROMAN.get(match[2]), "die" if match[1] in _QUEENS.split("|") else "der"
    return f"{match[1]} {article} {number_words(number, 'ordinal')}" if number else match[0]


def _numbered(match: re.Match[str]) -> str:
    number = ROMAN.get(match[2])
    return f"{match[1]} {number}" if number else match[0]


_BEFORE_NUMBERS: tuple[Rule, ...] = (
    *_ADDRESSES.rules,
    *map(_spaced, _SPACED),
    rule(r"\b(?:usw|u\.\s?s\.\s?w)\.(?=\s*$)", "und so weiter."),
    rule(r"\b(?:usw|u\.\s?s\.\s?w)\.", "und so weiter"),
    rule(r"\betc\.(?=\s*$)", "et cetera."),
    rule(r"\betc\.", "et cetera"),
    rule(
        rf"(?<!\w)({'|'.join(_BEFORE_NUMBER)})(?:(?<=§)|\.)\s?(?=[0-9])",
        lambda match: f"{_BEFORE_NUMBER[match[1]]} ",
    ),
    rule(r"(?<=[a-zäöüß])str\.(?=\s+\S)", "straße"),
    rule(
        rf"(?<![0-9] )(?<![0-9])\b({'|'.join(_ABBREVIATIONS)})\.(?!\w)(?=\s*\S)",
        lambda match: _ABBREVIATIONS[match[1]],
    ),
    rule(rf"\b({_KINGS}|{_QUEENS}) ([IVX]{{1,5}})\b(?:\.(?=\s+\S)|(?!\.\w))", _ruler),
    rule(r"\b([A-ZÄÖÜ][a-zäöüß]+) ([IVX]{2,5})\b(?!\.\w)", _numbered),
    rule(r"\b([A-G])#(?!\w)", r"\1 sharp"),
    rule(r"#(?=[0-9])", "Nummer "),
    rule(r"#(?=\w)", "Hashtag "),
    rule(r"~\s?(?=[$€£]?[0-9])", "etwa "),
)

_AFTER_NUMBERS: tuple[Rule, ...] = (
    rule(r"\bund/oder\b", "und oder"),
    *symbol_rules(_SYMBOLS),
    rule(r"€", " Euro "),
    rule(r"\$", " Dollar "),
    rule(r"£", " Pfund "),
    rule(r"‰", " Promille "),
    rule(r"§", " Paragraph "),
)

RULES = (*_BEFORE_NUMBERS, *DATE_RULES, *CODE_RULES, *QUANTITY_RULES, *PLAIN_RULES, *_AFTER_NUMBERS)
"""What they leave has no digit, and no symbol that espeak-ng reads wrong or skips."""
