"""Text in pieces of any cut -> sentences, the first of them early.

The library sentence-stream finds the sentence ends. Ours are two cuts that it does not make: the *first
fragment* of an answer goes out at a clause border, because nothing can be heard before it, and a sentence
without an end is capped, because a text-to-speech model needs time and memory that grow faster than its text.

Everything is fed one character at a time, so the result cannot depend on how the text was cut into pieces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from edge_agent.types import Sentence
from edge_agent.words import words_of

if TYPE_CHECKING:
    from sentence_stream import SentenceBoundaryDetector

_CLAUSE_END = re.compile(r"""[,;:!?]["'”’)\]]*\s+$ | \s[-–—]+\s+$ | —$ | [，、；：]$""", re.VERBOSE)
_INNER_CLAUSE_END = re.compile(r"[,;:](?=\s)(?!\s\d)|\s[-–—]+(?=\s)|—|[，、；：]")
_WORD = re.compile(r"\S+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

# Three failures of sentence-stream 1.3.0, pinned by a test, so that we see when a newer one needs no mending:
# 1. It strips pairs of asterisks, and with them the product in "2 * 3 * 4".
# 2. It knows abbreviations by their length, up to three letters: it parts "Prof. Smith".
# 3. So it does not part "I watched TV. Then", nor "Yes. It is"; and it never parts before a quotation mark.
# Against 1 and 2 these characters travel through it in disguise; against 3 helps `_ends_sentence`.
_DISGUISES = {"*": "\ue000", ".": "\ue001"}
_UNDISGUISE = str.maketrans({disguise: char for char, disguise in _DISGUISES.items()})

_SENTENCE_END = re.compile(r"""([^\W\d_]{2,}[.!?…]+)["'”’)\]]*\s+$""")


class SentenceStream:
    """Sentences of one answer. Make a new one for each answer.

    The first fragment ends at a clause border after `first_min_words` words, or at a word after
    `first_max_words`; never inside a number, an abbreviation or a URL. No sentence is longer than `max_chars`
    characters. Nothing of the text is lost or added except white space at the cuts.
    """

    def __init__(
        self, *, first_min_words: int = 3, first_max_words: int = 7, max_chars: int = 280, language: str = "en"
    ) -> None:
        if not 1 <= first_min_words <= first_max_words or max_chars < 1:
            raise ValueError(
                f"1 <= first_min_words <= first_max_words and max_chars >= 1 must hold, "
                f"not {first_min_words}, {first_max_words}, {max_chars}"
            )
        self._first_min_words = first_min_words
        self._first_max_words = first_max_words
        self._max_chars = max_chars
        self._signs = _signs(language)
        self._detector = _new_detector()
        self._index = 0
        self._words_out = 0

    @property
    def rest(self) -> str:
        """What is of no sentence yet."""
        text: str = (self._detector.current_sentence + self._detector.remaining_text).translate(_UNDISGUISE)
        return text

    def push(self, piece: str) -> list[Sentence]:
        """The sentences that `piece` completes, often none. Their `last` is False."""
        return [self._sentence(text) for char in piece for text in self._feed(char)]

    def finish(self) -> list[Sentence]:
        """What is left, as the one sentence with `last` set. Its text is empty if nothing is left."""
        rest = self._detector.finish().translate(_UNDISGUISE)
        self._detector = _new_detector()
        return [self._sentence(rest, last=True)]

    def _sentence(self, text: str, *, last: bool = False) -> Sentence:
        sentence = Sentence(self._index, text.strip(), last)
        self._index += 1
        self._words_out += _count_words(text)
        return sentence

    def _feed(self, char: str) -> list[str]:
        disguised = self._detector.current_sentence + self._detector.remaining_text
        held = disguised.translate(_UNDISGUISE)
        texts = []
        cut = self._cut(held, char)
        if cut:
            texts.append(disguised[:cut])
            self._detector = _new_detector()
            texts += self._detector.add_chunk(disguised[cut:])
        if char == "*" or (char == "." and self._signs.abbreviation.search(held)):
            char = _DISGUISES[char]
        texts += self._detector.add_chunk(char)
        return [text.translate(_UNDISGUISE) for text in texts if text.strip()]

    def _cut(self, held: str, char: str) -> int:
        """How much of `held` to give out now that `char` comes next; 0 for none."""
        if len(held.lstrip()) >= self._max_chars:
            return _long_cut(held)
        if not _starts_word(held, char):
            return 0
        if self._ends_sentence(held, char):
            return len(held)
        if self._words_out >= self._first_min_words:
            return 0
        words = _count_words(held)
        if words < self._first_min_words:
            return 0
        if self._ends_clause(held, char):
            return len(held)
        if words < self._first_max_words:
            return 0
        return self._word_cut(held, char)

    def _ends_sentence(self, held: str, char: str) -> bool:
        """A border that the library misses: it is certain of fewer."""
        end = _SENTENCE_END.search(held)
        if end is None or char.islower() or char.isdigit():
            return False
        return not self._signs.abbreviation.search(end[1])

    def _ends_clause(self, held: str, char: str) -> bool:
        inside_date = char.isdigit() and re.search(r"\d,\s+$", held)  # November 22, 2026
        return bool(_CLAUSE_END.search(held)) and not inside_date and not self._signs.comma.search(held)

    def _word_cut(self, held: str, char: str) -> int:
        """The last border between two words where a voice can stop, with enough words before it."""
        words = list(_WORD.finditer(held))
        following = [word[0][0] for word in words[1:]] + [char]
        for word, next_char in reversed(list(zip(words, following, strict=True))[self._first_min_words - 1 :]):
            text = word[0]
            part_of_more = text.endswith(".") or text[-1].isdigit() or next_char.isdigit()
            if not part_of_more and text.lower() not in self._signs.leaning:
                return word.end()
        return 0


class _Signs(NamedTuple):
    """What the borders of sentences hang on in one language."""

    abbreviation: re.Pattern[str]
    """An abbreviation at the end of a text, with its full stop or before it; a single letter is one."""
    comma: re.Pattern[str]
    """The comma behind one of several letters, such as "e.g.,": it ends no clause."""
    leaning: frozenset[str]


@lru_cache
def _signs(language: str) -> _Signs:
    own = words_of(language)
    spelled = [abbreviation for abbreviation in own.abbreviations if r"\." in abbreviation]
    return _Signs(
        re.compile(rf"\b(?:{'|'.join(own.abbreviations)}|[a-z])\.?$", re.IGNORECASE),
        re.compile(rf"\b(?:{'|'.join(spelled)})\.,?\s*$", re.IGNORECASE),
        frozenset(own.leaning),
    )


def _new_detector() -> SentenceBoundaryDetector:
    from sentence_stream import SentenceBoundaryDetector  # 0.2 s: it brings the package `regex`

    return SentenceBoundaryDetector()


def _count_words(text: str) -> int:
    """Words; in scripts without spaces two characters count as one."""
    return len(_WORD.findall(text)) + len(_CJK.findall(text)) // 2


def _starts_word(held: str, char: str) -> bool:
    """Only when the next word begins is it known what a comma or a full stop was: "1, 2" is no "1,2"."""
    after_border = bool(held) and (held[-1].isspace() or held[-1] in "—，、；：")
    return after_border and (char.isalnum() or char in "\"'“‘(")


def _long_cut(held: str) -> int:
    """The place to part a text that is too long: at a clause border in its second half, else at a word border."""
    clauses = [match.end() for match in _INNER_CLAUSE_END.finditer(held) if match.end() > len(held) // 2]
    if clauses:
        return clauses[-1]
    words = [match.start() for match in re.finditer(r"\s+", held.rstrip()) if match.start() > 0]
    return words[-1] if words else len(held)
