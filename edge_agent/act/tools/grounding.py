"""Grounding: whether the value of an argument comes of what was said, or was made up by the LLM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from edge_agent.act.numbers import to_digits
from edge_agent.act.tools.relevance import matching_of, stem, stems
from edge_agent.words import FALLBACK, code_of

ALIKE = 84
"""Percent of likeness (`rapidfuzz.fuzz.ratio`) from where on one word is another, spelled otherwise."""
ABBREVIATED, CODE = 5, 3
"""Letters of an abbreviation, and of a code that a description explains, at most."""
USUAL, LETTERS = 2, 3
"""So many different common words, of so many letters at least, tell that words are of the language of `matching_of`:
"in", "an", "so" are German, too."""
WHEN = re.compile(r"\d{4}-\d\d|\b\d\d?:\d\d|\b\d\d?[/.]\d\d?[/.]\d{2,4}")
"""A date or a time of day, as arguments have it."""
_STAND_IN = re.compile(r"\b(?:john|jane)[ ._-]?doe\b|\bexample\b|\byour[ _-]|\bplaceholder\b|\{\w+\}", re.IGNORECASE)
"""What LLMs write where they do not know."""
_HOST = re.compile(r"^\w+://([^/?#\s]+)")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FACTORS = (1, 60, 0.01, 100)
"""A number may be given in another unit: hours in minutes, percent as a share."""


class Evidence:
    """What was said, read once for all the arguments of a call."""

    def __init__(self, text: str, language: str = "en") -> None:
        self.text, self._is_known = text, code_of(language) == FALLBACK
        self._matching = matching_of(language)
        self.words = _WORD.findall(text.casefold())
        self._initials = "".join(each[0] for each in self.words)
        self._distinct = tuple(dict.fromkeys(self.words))
        self.stems = set(stems(text, self._matching))
        digits = f"{to_digits(text.casefold())} {text}"  # "at a point 3 metres away" is no 0.3
        self.numbers = [float(each) for each in _NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3}\b)", "", digits))]
        self.tells_when = bool(self.numbers) or not self._matching.times.isdisjoint(self.words)

    def readable(self, about: set[str]) -> bool:
        """Whether what was not said can be told: the words are those of a language that is known, or what a tool is
        `about`, its name and description, has some of them."""
        usual = {word for word in self.words if word in self._matching.common and len(word) >= LETTERS}
        return self._is_known and (len(usual) >= USUAL or not about.isdisjoint(self.stems))

    def content(self, text: str) -> set[str]:
        """What the words of a text that have a meaning come to."""
        return set(stems(text, self._matching))

    def share(self, text: str) -> bool:
        """Whether a text has a word with a meaning that was said."""
        return not self.stems.isdisjoint(self.content(text))

    def hold(self, value: Any, name: str, told: str = "") -> bool:
        """Whether the value may come of the words. `name` and `told`, its description, are those of the argument."""
        if isinstance(value, list | dict):
            return any(self.hold(each, name, told) for each in leaves(value))
        if isinstance(value, bool):
            return self.share(f"{name} {told}")
        if isinstance(value, int | float):
            return self._hold_number(value) or self.share(name) or self._explained(value, told)
        if isinstance(value, str) and (host := _HOST.search(value)):
            return host[1].casefold() in f"{self.text} {told}".casefold() and not self._stands_in(value)
        return isinstance(value, str) and (self._hold_text(value) or self._explained(value, told))

    def _hold_number(self, value: float) -> bool:
        words = self._matching.amounts
        said = [*self.numbers, *(words[word] for word in self.words if word in words)]
        afternoon = [number + 12 for number in self.numbers if number < 12]
        return any(abs(abs(value) - each * by) < 1e-9 for each in said for by in _FACTORS) or value in afternoon

    def _explained(self, value: str | float, told: str) -> bool:
        """Whether the description says of a number or code what was said: "'1' for Bangkok"."""
        if isinstance(value, str) and len(value) > CODE:
            return False
        found = re.split(rf"(?<![\w.]){re.escape(str(value))}(?![\w.])", told)[1:]
        return any(self.share(re.split(r"[,;.]", behind)[0]) for behind in found)

    def _hold_text(self, text: str) -> bool:
        if WHEN.search(text):
            return self.tells_when
        if not self._means(text):
            return bool(_WORD.search(text)) and set(_WORD.findall(text.casefold())) <= set(self.words)
        if self._stands_in(text):
            return False
        if "@" in text:
            text = text.partition("@")[2]  # whose mail it is, it may know; where it goes has to be said
        numbers = {float(each) for each in _NUMBER.findall(text)}
        return self.share(text) or not numbers.isdisjoint(self.numbers) or any(map(self._has, self._means(text)))

    def _stands_in(self, text: str) -> bool:
        return any(found[0].casefold() not in self.text.casefold() for found in _STAND_IN.finditer(text))

    def _means(self, text: str) -> list[str]:
        """The words of a text that are not common ones."""
        said = _WORD.findall(_parted(text))
        return [word for word in said if word not in self._matching.common and (len(word) > 1 or word.isdigit())]

    def named(self, name: str) -> bool:
        """Whether a word of an argument's name was said, be it one that says little of a tool: "detail"."""
        words = {stem(word) for word in _WORD.findall(_parted(name)) if len(word) > LETTERS}
        return not words.isdisjoint(map(stem, self.words))

    def may_be_known(self, value: Any) -> bool:
        """Whether a text may be right though nobody said it: common words ("on", "all"), codes ("GBP", "LHR"), and the
        language of what was said."""
        code = re.fullmatch(r"[A-Z]{2,4}|(?i:en|english)", value) if isinstance(value, str) else None
        return bool(code) or (isinstance(value, str) and bool(_WORD.search(value)) and not self._means(value))

    def _has(self, word: str) -> bool:
        from rapidfuzz import fuzz

        short = len(word) <= ABBREVIATED and any(_is_short_for(word, each) for each in self._distinct)
        if word in self.words or short or (len(word) <= ABBREVIATED and word in self._initials):
            return True
        return len(word) > 3 and word.isalpha() and any(fuzz.ratio(word, each) >= ALIKE for each in self._distinct)


def leaves(value: Any) -> Iterator[Any]:
    """What an argument holds, whatever it stands in."""
    if isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


def _parted(text: str) -> str:
    """A text in small letters, camelCase as two words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()


def _is_short_for(short: str, word: str) -> bool:
    """ "desc" for "descending"; but "doe" is not short for "does"."""
    return word.startswith(short) and len(word) >= len(short) + 2
