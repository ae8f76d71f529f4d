"""Answers: a caller's question -> sentences of the owner's documents, word for word; or nothing, and that is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock

from edge_agent.desk.answers.choosing import ENOUGH, Candidate, candidates
from edge_agent.desk.answers.index import Index
from edge_agent.desk.answers.lexicon import AskedFor, Lexicon, lexicon_of, words
from edge_agent.desk.answers.question import Asking, Topic, question_of
from edge_agent.desk.file import AnswerRules
from edge_agent.words import words_of

FUZZY = 88
"""How alike, of 100, a word that no document has must be to one that some has, to be taken for it ..."""
LONG = 6
"""... and how many letters it must have: the ASR mishears long words in part, short ones as others."""
OFFERED = 4
"""Choices between which an LLM may be asked to choose."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What is said, and where it stands."""

    said: str
    """Sentences of the document as they are written, numbers and names untouched."""
    source: str
    """The document, as a path below the folder of answers."""
    passage: str
    """All of the passage."""
    topic: Topic
    """What it was about: `before` of the next question."""
    score: float
    """The share of the question's words that was found, weighed by how rare they are."""


Choose = Callable[[str, Sequence[str]], int | None]
"""What chooses between quotes where code is not sure: the question, the texts -> the number of one; None: none."""


class AnswerFolder:
    """The documents of an agent. Nothing that stands in them changes anything: they are only ever quoted. Any thread
    may ask."""

    def __init__(self, folder: Path, rules: AnswerRules, *, language: str = "en", state: Path | None = None) -> None:
        """`folder`: that of the agent, in which `rules.folder` is looked for. `state`: the folder that keeps the index;
        None: it is made in memory. Raises nothing for documents that cannot be read: `unreadable` names them.
        """
        self._rules = rules
        self._lexicon: Lexicon = lexicon_of(language, rules.synonyms)
        file = state / "answers.sqlite" if state else None
        self._lock = RLock()
        from rapidfuzz.process import extractOne  # now, and not in the first turn: 60 ms

        self._extract = extractOne
        self._index = Index(folder / rules.folder, self._lexicon, file, words_of(language).abbreviations)

    @property
    def unreadable(self) -> list[str]:
        """A sentence for each document that cannot be quoted, or not all of it."""
        return self._index.unreadable

    @property
    def passages(self) -> int:
        """How many passages there are; 0: there is nothing to quote."""
        return len(self._index.passages)

    def forbidden(self, question: str) -> str | None:
        """What the owner never wants answered and this asks for, if it does."""
        said = f" {' '.join(words(question))} "
        return next((each for each in self._rules.never if f" {' '.join(words(each))} " in said), None)

    def goes_on(self, said: str) -> bool:
        """Whether words begin as those do that go on with a question: "and on Sunday"."""
        return bool(self._lexicon.follows.match(said))

    def leans(self, said: str) -> bool:
        """Whether a question is of something that was talked of before it: "can my kids use it"."""
        return question_of(said, Topic({}), self._index.lexicon).goes_on

    def kind_of(self, said: str, before: Topic | None = None) -> AskedFor | None:
        """The kind of thing that is asked for, here or in the question before, with which this one goes on: "price",
        "length", "where" ..."""
        return question_of(said, before, self._index.lexicon).kind

    def is_about_nothing(self, said: str) -> bool:
        """Whether a question names nothing that it is about, as "how much is it" does not."""
        asked = question_of(said, None, self._index.lexicon)
        return all(asked.kind is not None and term in asked.kind.words for term in asked.terms)

    def find(self, question: str, before: Topic | None = None, choose: Choose | None = None) -> Quote | None:
        """The quote that answers it, or None: nothing does, or it is never to be answered. `before`: the topic of the
        quote before, with which "and on Sunday?" goes on. `choose` decides where several are about as good."""
        if self.forbidden(question):
            return None
        with self._lock:
            return self._found(question, before, choose)

    def _found(self, question: str, before: Topic | None, choose: Choose | None) -> Quote | None:
        self._index.refresh()
        asked = self._understood(question_of(question, before, self._index.lexicon))
        found = [each for each in candidates(asked, self._index) if each.score >= ENOUGH]
        if not found:
            return None
        best = _chosen(question, found, choose) if choose else found[0]
        return self._quote(best, asked) if best else None

    def close(self) -> None:
        self._index.close()

    def _understood(self, question: Asking) -> Asking:
        """The question with words that no document has, but a very similar one, as that."""
        taken: dict[str, str] = {}
        for term in question.terms:
            known = any(map(self._index.knows, self._index.lexicon.answering(term)))
            if not known and len(term) >= LONG and (meant := self._similar(term)):
                taken[term] = meant
        if not taken:
            return question
        terms = {taken.get(term, term): weight for term, weight in question.terms.items()}
        own = frozenset(taken.get(term, term) for term in question.own)
        return Asking(terms, own, question.kind, question.document, question.goes_on)

    def _similar(self, term: str) -> str | None:
        long = [each for each in self._index.vocabulary if len(each) >= LONG - 1]
        found = self._extract(term, long, score_cutoff=FUZZY)
        return found[0] if found else None

    def _quote(self, choice: Candidate, asked: Asking) -> Quote:
        passage = choice.found.passage
        topic = Topic(asked.terms, asked.kind, passage.document)
        return Quote(spoken(choice.said), passage.document, passage.text, topic, choice.score)


def _chosen(question: str, found: Sequence[Candidate], choose: Choose) -> Candidate | None:
    """The best one, if it is alone; else what `choose` says."""
    offered = list({each.said: each for each in found}.values())[:OFFERED]
    if len(offered) == 1:
        return offered[0]
    number = choose(question, [each.said for each in offered])
    return None if number is None else offered[number]


def spoken(said: str) -> str:
    """Text that ends as a sentence does; its words are untouched."""
    said = said.rstrip(" :;,")
    return said if said.endswith((".", "!", "?")) else f"{said}."


_READ: dict[Path, tuple[AnswerRules, str, AnswerFolder]] = {}
_READ_LOCK = Lock()
MOST_READ = 8
"""Agents whose documents a process keeps."""


def answers_of(folder: Path, rules: AnswerRules, language: str = "en") -> AnswerFolder:
    """The documents of an agent, read once for all of its calls in this process: of many they take a while."""
    with _READ_LOCK:
        known = _READ.get(folder)
        if known is None or known[:2] != (rules, language):
            if len(_READ) >= MOST_READ:
                _READ.pop(next(iter(_READ)))
            known = (rules, language, AnswerFolder(folder, rules, language=language))
            _READ[folder] = known
        return known[2]
