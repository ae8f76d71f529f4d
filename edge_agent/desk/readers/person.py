"""Person: the name of a caller, as heard and as spelled; what is spelled overrides what was heard."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.letters import Spelled, spelled

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
_WHOLE = 70
"""How alike, of 100, the letters are to a whole name as it was heard, where they are those of all of its words."""
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


def read_name(text: str, phrases: DeskPhrases, heard: str = "", *, asked: bool = False) -> ReadName | None:
    """The name in a text. `heard` is what was understood before, of which a word may now be spelled. Unasked only what
    is told to be a name counts."""
    runs = spelled(text, phrases, least=2 if asked else 3)
    plain = text
    for run in reversed(runs):
        plain = f"{plain[: run.first]} | {plain[run.last :]}"
    words = _said(plain, phrases, asked=asked)
    if not words and not runs:
        return None
    if not words and not asked and not heard:
        return None
    base = words or (heard.split() if heard and len(runs) == 1 else [])
    for run in runs:
        base = _with(base, run, runs)
    name = " ".join(_cased(word) for word in base)
    return ReadName(name, bool(runs)) if name else None


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
    text = re.sub(phrases.values["names"]["labels"], " ", text, flags=re.IGNORECASE)
    for match in _WORD.finditer(text):
        word = match[0].rstrip(".") if len(match[0]) > 2 else match[0]
        between = text[: match.start()].rstrip()
        if re.fullmatch(phrases.values["names"]["titles"], word, re.IGNORECASE) and not words:
            continue
        if words and (between.endswith((",", ".", "!", "?", ";")) and not words[-1].endswith(".")):
            break
        ends = phrases.pattern("name_stop").fullmatch(word.casefold()) and word != "A"
        if ends or re.search(r"\d", between[-1:]):
            if words:
                break
            continue
        words.append(word)
        if len(words) == LONGEST:
            break
    return words


def _with(words: list[str], run: Spelled, runs: list[Spelled]) -> list[str]:
    """The name with a word as it was spelled: in place of the one that is most like it, or behind the others."""
    from rapidfuzz.fuzz import ratio

    if len(runs) > 1 and all(not any(ratio(word.lower(), other.letters) > 60 for word in words) for other in runs):
        return [*[word for word in words if word in [each.letters for each in runs]], run.letters]
    alike = [(ratio(word.lower(), run.letters), at) for at, word in enumerate(words)]
    whole = ratio("".join(words).lower(), run.letters) if len(words) > 1 and len(runs) == 1 else 0.0
    if whole >= max(_WHOLE, *(score for score, _ in alike), 0.0):
        return _split(words, run.letters)
    best = max(alike, default=(0.0, -1))
    if best[0] >= 50:
        return [*words[: best[1]], run.letters, *words[best[1] + 1 :]]
    if len(words) > 1:
        return [*words[:-1], run.letters]
    return [*words, run.letters]


def _split(words: list[str], letters: str) -> list[str]:
    """The letters of a whole name, spelled without a pause, in two where the words that were heard end."""
    from rapidfuzz.distance.Levenshtein import distance

    first, last = words[0].lower(), "".join(words[1:]).lower()
    places = range(1, len(letters))
    best = min(places, key=lambda at: distance(first, letters[:at]) + distance(last, letters[at:]))
    return [letters[:best], letters[best:]]


def _cased(word: str) -> str:
    """The word as a name is written, where it came without capitals."""
    if word != word.lower() or word in _PARTICLES:
        return word
    parts = re.split(r"(['’-])", word)
    cased = "".join(part.capitalize() if len(part) > 1 or len(parts) > 1 else part.upper() for part in parts)
    return re.sub(r"^Mc([a-z])", lambda match: "Mc" + match[1].upper(), cased)
