"""Lexer: text -> the tokens of the grammar, each with its place in the text.

What is said in different words becomes one token: "mon" and "Monday" are W0, "twenty five" is 25, "p.m." is PM. The
grammar matches regular expressions against the tokens, joined with a blank behind each. Any other word is "?".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from edge_agent.act.numbers import below_hundred, whole
from edge_agent.act.times.vocabulary import Vocabulary

_WRITTEN = re.compile(
    r"""(?P<iso>\d{4}([-/.])\d{1,2}\2\d{1,2})(?!\d)T?
      | (?P<date>\d{1,2}([/.])\d{1,2}\4(?:\d{4}|\d{2}))(?![\d:])
      | (?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?!\d)
      | (?P<hours>\d{1,2}h\d{2})(?![\dm])
      | (?P<share>\d{1,2}/\d{1,4})(?![\d/])
      | (?P<nth>\d{1,2}(?:st|nd|rd|th))(?![^\W\d_])
      | (?P<number>\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)
      | (?P<half>(?<![^\W\d_])[ap](?:\s?\.\s?m\b(?:\s?\.)?|\s?m\b|\b\.?)(?!['’]))
      | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*['’]?)
      | (?P<mark>\\"|[^\s\w]|_)""",
    re.VERBOSE | re.IGNORECASE,
)
_GLUED = {
    "h": "Uhour",
    "m": "Uminute",
    "s": "Usecond",
    "d": "Uday",
    '"': "Usecond",
    '\\"': "Usecond",
    "'": "Uminute",
    "′": "Uminute",
}
"""Units that are one letter or mark directly behind a number."""


@dataclass(frozen=True, slots=True)
class Token:
    """What stands at text[first:last], as the grammar knows it."""

    form: str
    said: str
    """The words, in lower case."""
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A text as the grammar sees it."""

    tokens: tuple[Token, ...]
    line: str
    """Their forms, a blank behind each."""
    starts: tuple[int, ...]
    """Where each begins in the line, and where the line ends."""

    def index(self, place: int) -> int:
        """The token that begins at that place of the line."""
        return bisect_left(self.starts, place)


@dataclass(frozen=True, slots=True)
class _Raw:
    kind: str
    said: str
    first: int
    last: int
    glued: bool
    """Whether it follows a number without a blank."""
    is_owner: bool
    """Whether it ends in an apostrophe and s."""


def tokens_of(text: str, vocabulary: Vocabulary) -> TokenLine:
    """The tokens of a text. Nothing is refused: what is no word of a time becomes "?"."""
    raw = _raw(text)
    words = [each.said for each in raw]
    found: list[Token] = []
    at = 0
    while at < len(raw):
        form, after = _token(raw, words, at, vocabulary)
        said = " ".join(words[at:after])
        found.append(Token(form, said, raw[at].first, raw[after - 1].last))
        at = after
    kept = [token for token in found if token.form not in ("", "filler")]
    starts = tuple(accumulate((len(token.form) + 1 for token in kept), initial=0))
    return TokenLine(tuple(kept), "".join(f"{token.form} " for token in kept), starts)


def _raw(text: str) -> list[_Raw]:
    found: list[_Raw] = []
    behind_number = -1
    for match in _WRITTEN.finditer(text):
        kind = match.lastgroup or ""
        said = re.sub("['’]", "", match[0].lower()) if kind == "word" else match[0].lower()
        is_owner = kind == "word" and match[0].lower().endswith(("'s", "’s"))
        found.append(_Raw(kind, said, match.start(), match.end(), match.start() == behind_number, is_owner))
        behind_number = match.end() if kind in ("number", "clock", "share", "hours") else -1
    return found


def _token(raw: list[_Raw], words: list[str], at: int, vocabulary: Vocabulary) -> tuple[str, int]:
    """The form of the token that begins with raw[at], and the index behind it."""
    each = raw[at]
    if each.glued and each.said in _GLUED:
        return _GLUED[each.said], at + 1
    if each.kind == "half" and (form := _half(raw, at)):
        return form, at + 1
    if each.kind in ("word", "half", "mark", "number"):
        if each.said in vocabulary.counting.one and (hundred := _spoken(words, at, vocabulary)):
            return hundred
        phrase = _phrase(words, at, vocabulary)
        if each.is_owner and (phrase is None or phrase[0].startswith("V")):  # "monday's" is no "mondays"
            words = [*words[:at], each.said.removesuffix("s"), *words[at + 1 :]]
            phrase = _phrase(words, at, vocabulary) or phrase
        if found := phrase or _spoken(words, at, vocabulary):
            return found
    if each.kind == "mark":
        return _mark(each.said, words[at - 1] if at else "", vocabulary), at + 1
    return "?" if each.kind in ("word", "half") else each.said.replace(",", ""), at + 1


def _mark(mark: str, before: str, vocabulary: Vocabulary) -> str:
    """A comma, a dash or a stroke; nothing for quotes and for the full stop of "Sat." and "Oct."; else a full stop."""
    if mark in ",-/":
        return mark
    if mark in "–—":
        return "-"
    is_short = len(before) <= 5 and re.match("[WMU]", (_phrase([before], 0, vocabulary) or ("?", 0))[0])
    return "" if mark in "\\\"'’“”" or (mark == "." and is_short) else "."


def _half(raw: list[_Raw], at: int) -> str | None:
    """AM or PM: behind a number or "o'clock" or "in the", the letter alone only when it is glued to the number."""
    each, before = raw[at], raw[at - 1] if at else None
    letters = re.sub(r"[\s.]", "", each.said)
    if before is None or (letters in ("a", "p") and not (each.glued or before.said == ".")):
        return None
    if len(letters) == 1 and not each.glued:
        return None
    return "AM" if letters[0] == "a" else "PM"


def _phrase(words: list[str], at: int, vocabulary: Vocabulary) -> tuple[str, int] | None:
    """The longest phrase of the vocabulary that begins at words[at]."""
    for phrase, form in vocabulary.phrases.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return form, at + len(phrase)
    return None


def _spoken(words: list[str], at: int, vocabulary: Vocabulary) -> tuple[str, int] | None:
    """A number in words. "seven thirty" stays two, and so does "nineteen eighty-four"."""
    counting = vocabulary.counting
    found = whole(counting, words, at)
    if found is None or (found.value >= 100 and words[at + 1 : at + 2] == ["-"]):
        found = below_hundred(counting, words, at)
    if found is None or found.value < 0:
        return None
    ordinal = (
        words[found.after - 1] if words[found.after - 1] == "second" else "th"
    )  # "thirty second" may be a duration
    return f"{found.value}{ordinal if found.ordinal else ''}", found.after
