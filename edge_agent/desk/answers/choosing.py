"""Choosing: which sentences of which passage answer a question, by code: covered words, rare ones counting more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.desk.answers.index import Index, Weighed
from edge_agent.desk.answers.lexicon import STRICT
from edge_agent.desk.answers.question import Asking

ENOUGH = 0.55
"""The share of a question's terms, weighed by how rare they are, that an answer has; below it nothing is known."""
LABEL, NAME, BESIDE, CONTEXT = 0.95, 0.85, 0.6, 0.6
"""What a term counts that stands not in the sentence itself but in its label, in the name of the document, in another
sentence of the passage, or in the headings."""
NAMED = 0.1
"""What is added for a document whose name is asked for; a part of it for a part of the name."""
FIRST = 0.05
"""What is added for the first sentence of a passage: it says what the others go on with."""
EVIDENCE, EVIDENCE_NAMED = 0.65, 0.43
"""The sum of the weights of what was found, at least, as a share of that of one word that no document has; where a
label or a name has some of it less. What all documents speak of, such as the rooms of a hotel, is no evidence."""
UNTOLD = 0.75
"""Factor of a sentence that does not tell the kind of thing that was asked for."""
SAME_DOCUMENT = 1.1
"""Factor of a passage of the document that answered the question before."""
SHORT = 30
"""Words of a passage that is said whole, if its first sentence is the one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The sentences `first` to `last` of a passage."""

    found: Weighed
    first: int
    last: int
    score: float
    """How well it answers; from ENOUGH on it does ..."""
    rank: float
    """... and what orders those that do."""

    @property
    def said(self) -> str:
        return " ".join(self.found.passage.sentences[self.first : self.last + 1])


def candidates(question: Asking, index: Index) -> list[Candidate]:
    """What might answer it, the best first; none where nothing that was asked is known."""
    wanted = {option for term in question.terms for option in index.lexicon.answering(term)}
    if not wanted:
        return []
    found = (choice for each in index.likely(wanted, question.document) for choice in _of(question, each, index))
    return sorted(found, key=lambda each: -round(each.rank, 3))


def _of(question: Asking, each: Weighed, index: Index) -> Iterator[Candidate]:
    for at in range(len(each.sentences)):
        covered, is_evidence = _coverage(question, each, {at}, index)
        if not is_evidence:
            continue
        first, last = _widened(question, each, at)
        if first is None:
            continue
        score = (
            covered if (first, last) == (at, at) else max(covered, _coverage(question, each, {first, last}, index)[0])
        )
        if not _tells(question, each, first, last):
            score *= UNTOLD
        rank = score + NAMED * _named(question, each, index) + FIRST * (first == 0)
        if question.document == each.passage.document:
            rank *= SAME_DOCUMENT
        if first == 0 and _is_open(question) and len(each.passage.text.split()) <= SHORT:
            last = len(each.sentences) - 1
        yield Candidate(each, first, last, score, rank)


def _coverage(question: Asking, each: Weighed, chosen: set[int], index: Index) -> tuple[float, bool]:
    """The share of the question's terms that is there, and whether that is evidence: the sentence, its label or the
    name of the document have some of its own, and rare enough ones."""
    own = frozenset().union(*(each.sentences[at] for at in chosen))
    beside = frozenset().union(*each.sentences)
    total = covered = 0.0
    touched, named = not question.own, False
    for term, weight in question.terms.items():
        options = index.lexicon.answering(term)
        worth = weight * min(map(index.rarity, filter(index.knows, options)), default=index.rarity(term))
        places = ((own, 1.0), (each.label, LABEL), (each.name, NAME), (beside, BESIDE), (each.context, CONTEXT))
        level = max((level for place, level in places if not options.isdisjoint(place)), default=0.0)
        touched = touched or (term in question.own and level >= NAME)
        named = named or not options.isdisjoint(each.label | each.name)
        total += worth
        covered += worth * level
    return covered / total, touched and covered >= index.rarity("") * (EVIDENCE_NAMED if named else EVIDENCE)


def _named(question: Asking, each: Weighed, index: Index) -> float:
    """The share of the document's name that is asked for."""
    asked = {option for term in question.terms for option in index.lexicon.answering(term)}
    return len(each.name & asked) / len(each.name) if each.name else 0.0


def _tells(question: Asking, each: Weighed, first: int, last: int) -> bool:
    kind = question.kind
    return kind is None or any(kind.told.search(text) for text in each.passage.sentences[first : last + 1])


def _is_open(question: Asking) -> bool:
    """Whether no number, time or name is asked for, which one sentence tells."""
    return question.kind is None or question.kind.name == "where"


def _widened(question: Asking, each: Weighed, at: int) -> tuple[int | None, int]:
    """The sentences that are said: one, with the next or the one before where that tells what was asked for. None:
    nothing near it does, and without that it is no answer."""
    if _tells(question, each, at, at):
        return at, at
    for first, last in ((at, at + 1), (at - 1, at)):
        if first >= 0 and last < len(each.sentences) and _tells(question, each, first, last):
            return first, last
    return (None, at) if question.kind and question.kind.name in STRICT else (at, at)
