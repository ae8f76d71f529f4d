"""Person: the name of a caller, as heard and as spelled; what is spelled overrides what was heard."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.letters import Spelled, spelled

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
LONGEST = 5
"""Words of a name."""
_SAME = 50
"""How alike, of 100, what is spelled is to the word that it spells."""
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
    runs = [part for run in spelled(text, phrases, least=2 if asked else 3) for part in _parted(run, text)]
    plain = text
    for run in reversed(runs):
        plain = f"{plain[: run.first]} | {plain[run.last :]}"
    words = _said(plain, phrases, asked=asked)
    if not runs and not words:
        return None
    if runs and not (words or asked or heard):
        return None
    base = words or (heard.split() if heard and len(runs) == 1 else [])
    if len(runs) > 1 and not any(_alike(word, run) >= _SAME for run in runs for word in base):
        base = []
    for run in runs:
        base = _with(base, run, len(runs))
    name = " ".join(_cased(word) for word in base)
    return ReadName(name, bool(runs)) if name else None


def _parted(run: Spelled, text: str) -> list[Spelled]:
    """One run for each name: "K E V I N, N A I R" is two. A comma behind each letter parts nothing."""
    groups = [len(re.findall(r"\w+", part)) for part in text[run.first : run.last].split(",")]
    if len(groups) < 2 or min(groups) < 2 or len(groups) > LONGEST or sum(groups) != len(run.letters):
        return [run]
    found, at = [], 0
    for size in groups:
        found.append(Spelled(run.letters[at : at + size], run.first, run.last))
        at += size
    return [found[0], *(Spelled(each.letters, run.last, run.last) for each in found[1:])]


def _said(text: str, phrases: DeskPhrases, *, asked: bool) -> list[str]:
    """The words of a name that is said, behind what leads to it."""
    leads = list(phrases.pattern("name_unasked").finditer(text))
    if not leads and not asked:
        return []
    behind = _words(text[leads[-1].end() :], phrases) if leads else []
    if behind or not asked:
        return behind
    text = phrases.without_lead(text)
    lead = re.match(phrases.values["hear"]["name"] + r"\b\s*", text, re.IGNORECASE)
    return _words(text[lead.end() :] if lead else text, phrases)


def _words(text: str, phrases: DeskPhrases) -> list[str]:
    """The words of a name that a text begins with, or that stand behind small ones."""
    text = re.sub(phrases.values["names"]["labels"], " ", text, flags=re.IGNORECASE)
    words: list[str] = []
    for match in _WORD.finditer(text.split("|")[0]):
        word = match[0].rstrip(".") if len(match[0]) > 2 else match[0]
        between = text[: match.start()].rstrip()
        if re.fullmatch(phrases.values["names"]["titles"], word, re.IGNORECASE) and not words:
            continue
        if words and between.endswith((",", ".", "!", "?", ";")) and not words[-1].endswith("."):
            break
        if phrases.pattern("name_stop").fullmatch(word.casefold()) or re.search(r"\d", between[-1:]):
            if words:
                break
            continue
        words.append(word)
        if len(words) == LONGEST:
            break
    return words


def _with(words: list[str], run: Spelled, runs: int) -> list[str]:
    """The name with a word as it was spelled: in place of the one that is most like it, or behind the others."""
    alike = [(_alike(word, run), at) for at, word in enumerate(words)]
    best = max(alike, default=(0.0, -1))
    if best[0] >= _SAME:
        return [*words[: best[1]], run.letters, *words[best[1] + 1 :]]
    if len(words) > 1 and runs == 1:
        return [*words[:-1], run.letters]
    return [*words, run.letters]


def _alike(word: str, run: Spelled) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(word.lower(), run.letters))


def _cased(word: str) -> str:
    """The word as a name is written, where it came without capitals."""
    if word != word.lower() or word in _PARTICLES:
        return word
    parts = re.split(r"(['’-])", word)
    cased = "".join(part.capitalize() if len(part) > 1 or len(parts) > 1 else part.upper() for part in parts)
    return re.sub(r"^Mc([a-z])", lambda match: "Mc" + match[1].upper(), cased)
