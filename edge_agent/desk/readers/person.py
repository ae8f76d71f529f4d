"""Person: the name of a caller, as heard and as spelled; what is spelled overrides what was heard."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.letters import Spelled, spelled

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
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
    """The words of a name that is said, behind what leads to it."""
    leads = list(phrases.pattern("name_unasked").finditer(text))
    if leads:
        text = text[leads[-1].end() :]
    elif not asked:
        return []
    else:
        text = phrases.without_lead(text)
        if found := re.search(phrases.values["hear"]["name"] + r"\b\s*", text, re.IGNORECASE):
            text = text[found.end() :] if len(text[: found.start()].split()) < 6 else text
    words: list[str] = []
    text = re.sub(phrases.values["names"]["labels"], " ", text.split("|")[0], flags=re.IGNORECASE)
    for match in _WORD.finditer(text):
        word = match[0].rstrip(".") if len(match[0]) > 2 else match[0]
        between = text[: match.start()].rstrip()
        if re.fullmatch(phrases.values["names"]["titles"], word, re.IGNORECASE) and not words:
            continue
        if words and (between.endswith((",", ".", "!", "?", ";")) and not words[-1].endswith(".")):
            break
        if phrases.pattern("name_stop").fullmatch(word.casefold()) or re.search(r"\d", between[-1:]):
            if words:
                break
            continue
        words.append(word)
        if len(words) == LONGEST:
            break
    fits = asked or (words and all(word[0].isupper() for word in words)) or bool(leads)
    return words if fits else []


def _with(words: list[str], run: Spelled, runs: list[Spelled]) -> list[str]:
    """The name with a word as it was spelled: in place of the one that is most like it, or behind the others."""
    from rapidfuzz.fuzz import ratio

    if len(runs) > 1 and all(not any(ratio(word.lower(), other.letters) > 60 for word in words) for other in runs):
        return [*[word for word in words if word in [each.letters for each in runs]], run.letters]
    alike = [(ratio(word.lower(), run.letters), at) for at, word in enumerate(words)]
    best = max(alike, default=(0.0, -1))
    if best[0] >= 50:
        return [*words[: best[1]], run.letters, *words[best[1] + 1 :]]
    if len(words) > 1:
        return [*words[:-1], run.letters]
    return [*words, run.letters]


def _cased(word: str) -> str:
    """The word as a name is written, where it came without capitals."""
    if word != word.lower() or word in _PARTICLES:
        return word
    parts = re.split(r"(['’-])", word)
    cased = "".join(part.capitalize() if len(part) > 1 or len(parts) > 1 else part.upper() for part in parts)
    return re.sub(r"^Mc([a-z])", lambda match: "Mc" + match[1].upper(), cased)
