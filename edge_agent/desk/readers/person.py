"""Person: the name of a caller, as heard and as spelled; what is spelled overrides what was heard."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.spelling import SpelledTry, spelled_name
from edge_agent.desk.readers.word_letters import letters_as_said, other_letters

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
_TWICE = re.compile(r"\b([^\W\d_]+)[,.]\s+(?=\1\s+[^\W\d_])", re.IGNORECASE)
"""A name that is begun anew: "Bea, Bea Arthur"."""
_ALL_LETTERS = re.compile(r"(?:[A-Z]\b[-,. ]*(?:[a-z]{1,4}[ ,]+)?){4}")
"""What is nothing but letters, as it begins."""
_ALIKE = 82
"""How alike, of 100, a name must be to the one that is known, where the number is the same."""
LONGEST = 5
"""Words of a name."""
_PARTICLES = frozenset(
    {"de", "la", "van", "der", "den", "von", "da", "di", "del", "le", "du", "bin", "ben", "al", "el"}
)


@dataclass(frozen=True, slots=True)
class ReadName:
    """What was found."""

    name: str
    was_spelled: bool


def read_name(
    text: str,
    phrases: DeskPhrases,
    before: Sequence[str] = (),
    *,
    refused: Collection[str] = (),
    asked: bool = False,
) -> ReadName | None:
    """The name in a text. `before`: what was said of it before, of which a word may now be spelled; `refused`: names
    in small letters that it is not. Unasked only what is told to be a name counts."""
    told = _told(text, phrases, asked=asked)
    if not told.letters:
        words = _said(text, phrases, asked=asked)
        return ReadName(" ".join(map(_cased, words)), False) if words else None
    if not (told.words or asked or before):
        return None
    earlier = [_told(each, phrases, asked=True) for each in before]
    others = other_letters(letters_as_said(text, phrases), phrases)[1:]
    also = [_told(other, phrases, asked=asked) for other in others]
    name = spelled_name([*earlier, told], phrases.language, refused, also)
    return ReadName(" ".join(map(_cased, _as_said(name, [text, *before]))), True)


def _told(text: str, phrases: DeskPhrases, *, asked: bool) -> SpelledTry:
    """The letters and the words of a name in a text."""
    text = letters_as_said(text, phrases)
    begins = [each.end() for each in phrases.pattern("spells").finditer(text)]
    runs = spelled(text, phrases, least=2 if asked else 3, loose=bool(begins) or _ALL_LETTERS.match(text) is not None)
    plain = text
    if begins:  # a name that was heard as letters stands ahead
        runs = [run for run in runs if run.first >= begins[0]] or runs
    for run in reversed(runs):
        plain = f"{plain[: run.first]} | {plain[run.last :]}"
    if runs:
        plain = phrases.pattern("spells").sub(" | ", plain)
    words = _said(plain, phrases, asked=asked)
    return SpelledTry(tuple(run.letters for run in runs), tuple(word.rstrip(".").casefold() for word in words))


def _as_said(name: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words with the capitals and marks with which they were said: "McDonald", "O'Neill"."""
    said = {match[0].casefold(): match[0] for text in texts for match in _WORD.finditer(text) if not match[0].isupper()}
    return [said.get(word, word) for word in name]


def _said(text: str, phrases: DeskPhrases, *, asked: bool) -> list[str]:
    """The words of a name that is said, behind what leads to it, or before a lead to its letters."""
    told = list(phrases.pattern("name_unasked").finditer(text))
    # "This is my desire" is no name; nor is it in small letters where others are large.
    told = [each for each in told if asked or text[each.end() :][:1].isupper() or text == text.lower()]
    if told and (words := _words(text[told[-1].end() :].split("|")[0], phrases)):
        return words
    if not asked:
        return []
    for part in text.split("|"):
        said = phrases.without_lead(part)
        found = re.search(rf"\b{phrases.values['hear']['name']}\b\s*", said, re.IGNORECASE)
        is_lead = found is not None and len(said[: found.start()].split()) < 6
        if found and is_lead and (words := _words(said[found.end() :], phrases)):
            return words
        if words := _words(said, phrases):
            return words
    return []


def _words(text: str, phrases: DeskPhrases) -> list[str]:
    """The words that can be of a name, up to the first that ends it."""
    words: list[str] = []
    for beside in ("labels", "relations"):
        text = re.sub(phrases.values["names"][beside], " ", text, flags=re.IGNORECASE)
    text = _TWICE.sub("", text)
    for match in _WORD.finditer(text):
        word = match[0].rstrip(".") if len(match[0]) > 2 else match[0]
        between = text[: match.start()].rstrip()
        if re.fullmatch(phrases.values["names"]["titles"], word, re.IGNORECASE) and not words:
            continue
        if words and (between.endswith((",", ".", "!", "?", ";")) and not words[-1].endswith(".")):
            break
        ends = phrases.pattern("name_stop").fullmatch(word.casefold()) and word != "A"
        ends = ends and not (words and word.istitle() and len(word) > 2)  # "Omar Said"
        if ends or re.search(r"\d", between[-1:]):
            if words:
                break
            continue
        words.append(word)
        if len(words) == LONGEST:
            break
    return words


def _cased(word: str) -> str:
    """The word as a name is written, where it came without capitals."""
    if word != word.lower() or word in _PARTICLES:
        return word
    parts = re.split(r"(['’-])", word)
    cased = "".join(part.capitalize() if len(part) > 1 or len(parts) > 1 else part.upper() for part in parts)
    return re.sub(r"^Mc([a-z])", lambda match: "Mc" + match[1].upper(), cased)


def is_alike(one: str, other: str) -> bool:
    """Whether two names may be of the same person, where their number is the same: heard a little otherwise, or with a
    part more."""
    from rapidfuzz.fuzz import token_set_ratio

    return token_set_ratio(one.casefold(), other.casefold()) >= _ALIKE
