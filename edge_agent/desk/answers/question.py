"""Question: the words of a caller -> the terms that an answer must have, weighed, and the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.desk.answers.lexicon import AskedFor, Lexicon, stem, terms, words

TOLD_BESIDE, ASKED_BEFORE, WHEN = 0.35, 0.5, 0.35
"""Weights of a term that the caller told before the question, of one of the question before this one, and of one that
says when."""
SHORT = 3
"""Terms of a question that may be one about what was spoken of before."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question was about, so that the next one may go on with it."""

    terms: Mapping[str, float]
    kind: AskedFor | None = None
    document: str = ""
    """Where its answer stood."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is looked for."""

    terms: Mapping[str, float]
    """All of them, with weights in (0, 1] ..."""
    own: frozenset[str]
    """... and those that were said in this very question."""
    kind: AskedFor | None = None
    document: str = ""
    """Where the answer to the question before stood, if this one goes on with it."""
    goes_on: bool = field(default=False)


def question_of(said: str, before: Topic | None, lexicon: Lexicon) -> Asking:
    """What the caller wants to know. `before`: what they asked last, if anything."""
    kind = next((each for each in lexicon.kinds if each.asked.search(said)), None)
    weighed = _weighed(said, lexicon, kind)
    if before is None or not _goes_on(said, weighed, lexicon):
        return Asking(weighed, frozenset(weighed), kind)
    own = frozenset(weighed)
    replaced = lexicon.days if own & lexicon.days else frozenset()
    old = {term: weight * ASKED_BEFORE for term, weight in before.terms.items() if term not in replaced}
    return Asking({**old, **weighed}, own, kind or before.kind, before.document, goes_on=True)


def _weighed(said: str, lexicon: Lexicon, kind: AskedFor | None) -> dict[str, float]:
    """The terms of the clauses that ask count whole; those of what is told beside them less."""
    clauses = [clause for clause in re.split(r"(?<!\d)[,.;:!?]+\s*|[,;:!?]+\s+", said) if clause.strip()]
    asking = [clause for clause in clauses if _asks(clause, lexicon)]
    found: dict[str, float] = {}
    for clause in clauses:
        weight = 1.0 if clause in asking or not any(terms(each, lexicon) for each in asking) else TOLD_BESIDE
        for term in terms(clause, lexicon, whole=True):
            worth = weight * (WHEN if term in lexicon.beside else 1.0)
            found[term] = max(worth, found.get(term, 0.0))
    less = (kind.words if kind else frozenset()) | lexicon.numbers
    needed = {term: weight for term, weight in found.items() if term not in less and not term.isdigit()}
    if not found and kind and kind.name == "where":
        return {stem("address"): 1.0}  # "where are you": there is no other word in it
    return _scaled(needed or {term: weight for term, weight in found.items() if term not in lexicon.numbers})


def _scaled(weighed: dict[str, float]) -> dict[str, float]:
    """The weights as shares of the greatest."""
    most = max(weighed.values(), default=1.0)
    return {term: weight / most for term, weight in weighed.items()}


def _asks(clause: str, lexicon: Lexicon) -> bool:
    first = next((word for word in re.findall(r"[\w']+", clause.lower()) if word not in ("and", "so", "but", "um")), "")
    return first in lexicon.asks or any(kind.asked.search(clause) for kind in lexicon.kinds)


def _goes_on(said: str, weighed: Mapping[str, float], lexicon: Lexicon) -> bool:
    if lexicon.follows.match(said):
        return True
    return not weighed or (len(weighed) <= SHORT and not lexicon.stand_for.isdisjoint(words(said)))
