"""Consent: a yes or a no, and what else is said beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edge_agent.desk.phrases import DeskPhrases, plain

LONGEST = 9
"""Words: in a longer segment what is said beside the yes may matter more."""
_SEGMENT = re.compile(r"(?:[^.!?;,:\n]|[.:,](?=\d)|\.(?=[a-z0-9@]))+")
"""What stands between two marks. Those of "13:30", "1,000" and "anna.smith@mail.com" are none."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What was found."""

    yes: bool | None
    """None: neither."""
    rest: str = ""
    """What follows, as it was said."""


def segments(text: str) -> list[re.Match[str]]:
    """The parts between marks."""
    return [found for found in _SEGMENT.finditer(text) if found[0].strip()]


def consent(text: str, phrases: DeskPhrases) -> Consent:
    """The yes or no that a text begins with. A yes is short and pure: of a longer sentence nothing is taken for one."""
    found: bool | None = None
    for segment in segments(text):
        said = _pure(plain(segment[0]), phrases)
        if said is None and _is_filler(plain(segment[0]), phrases):
            continue
        head = _heads(phrases).match(segment[0].strip()) if said is None and found is None else None
        if head:
            begin = segment.start() + len(segment[0]) - len(segment[0].lstrip()) + head.end()
            return Consent(head["yes"] is not None, text[begin:].strip())
        if found is True and said is False:  # "Okay, no."
            return Consent(False, text[segment.end() :].strip(" .,!?;"))
        if said is None or (found is not None and said is not found):
            return Consent(found, text[segment.start() :].strip())
        found = said
    return Consent(found)


def restated(text: str, question: str, phrases: DeskPhrases, *, in_full: bool = False) -> bool | None:
    """What "I am a new patient" or "we do own it" answers to "Are you a new patient?", "Do you own it?": yes, and no
    with a "not" in it. None: neither. `in_full`: all words of the question that say something have to be there."""
    words, plainly = phrases.values["consent"], plain(text)
    for short, whole in words["shortened"]:
        plainly = plainly.replace(short, whole)
    said = plainly.split()
    told = {word for word in plain(question).split() if word not in words["small"]}
    if not told or text.rstrip().endswith("?"):
        return None
    in_part = not in_full and (_is_of(said, told, phrases) or _with_its_verb(plainly, plain(question), told, phrases))
    if not (told <= set(said) or in_part):
        return None
    return not any(word in words["negations"] for word in said)


def _is_of(said: list[str], told: set[str], phrases: DeskPhrases) -> bool:
    """Whether all that is said of oneself is of what the question has: "I'm not insured", of insurance."""
    words = phrases.values["consent"]
    heads = [word.partition("'")[0] for word in said]
    own = {word for word in heads if word not in (*words["small"], *words["negations"], *words["selves"])}
    is_of_self = bool({"i", "we"} & set(heads)) and bool(own)
    return is_of_self and all(any(word[:5] == other[:5] for other in told) for word in own)


def _with_its_verb(said: str, question: str, told: set[str], phrases: DeskPhrases) -> bool:
    """Whether it is an answer with the verb of the question, and about nothing else than that asks for."""
    words = phrases.values["consent"]
    head = re.match(rf"(?:\w+ ){{0,2}}?{words['subjects']} (\w+)\b", said)
    verbs = next((set(each) for each in words["verbs"] if question.partition(" ")[0] in each), set())
    if head is None or head[1] not in verbs:
        return False
    rest = set(said[head.end() :].split()) - set(words["small"]) - set(words["negations"])
    return not rest or bool(rest & told)


@lru_cache
def _heads(phrases: DeskPhrases) -> re.Pattern[str]:
    yes, no = phrases.values["consent"]["yes_heads"], phrases.values["consent"]["no_heads"]
    return re.compile(rf"(?:(?P<yes>{yes})|{no})\b(?:\s+(?:please|thanks|thank you|and|also))*\s+(?=\w)", re.IGNORECASE)


@lru_cache
def _patterns(phrases: DeskPhrases) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    yes, no, filler = (phrases.pattern(name).pattern for name in ("yes", "no", "filler"))
    around = rf"(?:{filler}\s+)*(?:{{0}})(?:\s+(?:{filler}|{{0}}))*"
    return (
        re.compile(around.format(yes)),
        re.compile(around.format(no)),
        re.compile(rf"(?:{filler})(?:\s+{filler})*"),
    )


def _is_filler(segment: str, phrases: DeskPhrases) -> bool:
    return _patterns(phrases)[2].fullmatch(segment) is not None


def _pure(segment: str, phrases: DeskPhrases) -> bool | None:
    if len(segment.split()) > LONGEST:
        return None
    yes, no, filler = _patterns(phrases)
    if no.fullmatch(segment):
        return False
    if filler.fullmatch(segment) and not re.search(r"\b(?:yes|yeah)\b", segment):
        return None
    return True if yes.fullmatch(segment) else None
