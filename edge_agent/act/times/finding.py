"""Finding: times and durations in running text, and what a phrase by itself means."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from edge_agent.act.times.clocks import ClockTime
from edge_agent.act.times.durations import amount_at, whole_amount
from edge_agent.act.times.lexer import Token, TokenLine, tokens_of
from edge_agent.act.times.reader import Reader
from edge_agent.act.times.vocabulary import Vocabulary, vocabulary_of
from edge_agent.act.times.when import Context, Found, Resolved, View

_LEAD = re.compile(
    r"(?:(?:at|on|in(?! \d{1,2} )|by|for|from|until|since|around|during|starting|before|after|not) )*(?:the )?"
)
_DATE_LEADS = ("on ", "by ", "until ", "from ", "since ", "before ", "after ", "for the ")
_YEAR = re.compile(r"in (?:1[89]|20|21)(?:\d\d | \d\d )$")
_FOR_PEOPLE = re.compile(r"for \d{1,2} (?:on )?(?!oclock|AM|PM|\d)")
_TRAIL = re.compile(r"(?:[.,] |around |later )*$")
_THE_DAY = re.compile(r"(?:the )?Uday ")
NO_CONTEXT = Context()
_NO_CALENDAR = (ValueError, OverflowError)
"""What arithmetic raises beyond the years 1 and 9999."""


def resolve(phrase: str, now: datetime, context: Context = NO_CONTEXT, language: str = "en") -> Resolved | None:
    """The time that the whole phrase is, seen from `now`, which is aware.

    None if it is none, or not understood, or in a language whose times are not known.
    """
    vocabulary = vocabulary_of(language, context.country)
    if vocabulary is None:
        return None
    line = tokens_of(phrase, vocabulary)
    text = line.line
    if _THE_DAY.fullmatch(text):
        line = tokens_of("today", vocabulary)
        text = line.line
    lead = _LEAD.match(text)
    for place in sorted({0, *(match.end() for match in [lead] if match)}):
        found = Reader(line, vocabulary).phrase_at(place)
        if found and _TRAIL.match(text, found[0]):
            try:
                return found[1].resolved(View(now, context))
            except _NO_CALENDAR:
                return None
    return None


def duration(phrase: str, language: str = "en") -> timedelta | None:
    """The duration that the whole phrase is; months count 30 days, years 365. None if it is none."""
    vocabulary = vocabulary_of(language)
    line = tokens_of(phrase, vocabulary).line if vocabulary else ""
    line = re.sub(r"^(?:for |around )+|(?:[.,] )+$", "", line)
    amount = whole_amount(line)
    return amount.elapsed if amount else None


def find(text: str, now: datetime, context: Context = NO_CONTEXT, language: str = "en") -> list[Found]:
    """The times and durations in a text: the longest, which do not overlap, from left to right.

    Words that are mostly something else ("may", "second", "sun") count only beside others that make a time of them.
    """
    vocabulary = vocabulary_of(language, context.country)
    if vocabulary is None:
        return []
    tokens = tokens_of(text, vocabulary)
    finder = _Finder(tokens, vocabulary, View(now, context))
    found, index = [], 0
    while index < len(tokens.tokens):
        each = finder.at(index) if tokens.tokens[index].form not in ("?", ".", ",") else None
        if each:
            found.append(each[1])
        index = each[0] if each else index + 1
    return found


class _Finder:
    """What begins at each token of one text."""

    def __init__(self, tokens: TokenLine, vocabulary: Vocabulary, view: View) -> None:
        self._tokens, self._vocabulary, self._view = tokens, vocabulary, view
        self._reader = Reader(tokens, vocabulary)
        self._wakes = any(token.said in vocabulary.wakes for token in tokens.tokens)

    def at(self, index: int) -> tuple[int, Found] | None:
        """The longer of the time and the duration that begin there, and the token behind it."""
        time, length = self._when(index), self._duration(index)
        if time and (length is None or time[0] >= length[0]):
            return time
        return length

    def _when(self, index: int) -> tuple[int, Found] | None:
        place = self._tokens.starts[index]
        lead = _LEAD.match(self._tokens.line, place)
        for start in sorted({place, *(match.end() for match in [lead] if match)}):
            found = self._reader.phrase_at(start)
            if found is None:
                continue
            end, parts = found
            behind = self._tokens.index(end)
            is_for_alarm = self._wakes and isinstance(parts.clock, ClockTime)
            is_on = parts.date is not None and self._is_date(index, place, end)
            if not (parts.is_strong or is_for_alarm or is_on) or not self._stands(index, behind):
                continue
            if not self._wakes and self._is_for_people(place):
                continue
            try:
                resolved = parts.resolved(self._view)
            except _NO_CALENDAR:
                continue
            if resolved:
                return behind, self._found(index, behind, "when", resolved)
        return None

    def _is_date(self, index: int, place: int, end: int) -> bool:
        """Whether what stands before it makes a day of it: "on the tenth", "move it to the tenth"."""
        line, tokens = self._tokens.line, self._tokens.tokens
        behind_to = index and tokens[index - 1].said in ("to", "is", "was") and tokens[index].form == "the"
        return bool(line.startswith(_DATE_LEADS, place) or behind_to or _YEAR.match(line[place:end]))

    def _is_for_people(self, place: int) -> bool:
        """Whether it begins as "for four on friday at seven": a time follows without that hour."""
        begin = place - 4 if self._tokens.line.endswith("for ", 0, place) else place
        people = _FOR_PEOPLE.match(self._tokens.line, begin)
        rest = self._reader.phrase_at(people.end()) if people else None
        return rest is not None and rest[1].clock is not None

    def _stands(self, index: int, behind: int) -> bool:
        """Whether what stands around it lets it be a time: "at five percent" and "sun" do not."""
        said, tokens = self._tokens.tokens[index:behind], self._tokens.tokens
        after = tokens[behind].said if behind < len(tokens) else ""
        bare = [token for token in said if token.form not in ("at", "on", "in", "the", "by", "for")]
        if len(bare) == 1 and bare[0].said in self._vocabulary.weak and bare[0].form != "second":
            return len(said) == 2 and said[0].form in ("on", "in", "by")
        if bare[-1].form.isdecimal() and after in self._vocabulary.after_hour:
            return False
        if len(bare) == 1 and bare[0].form.endswith(("th", "second")):
            return not after or not after[0].isalnum() or after in self._vocabulary.after_ordinal
        return True

    def _duration(self, index: int) -> tuple[int, Found] | None:
        found = amount_at(self._tokens.line, self._tokens.starts[index])
        if found is None:
            return None
        behind = self._tokens.index(found[0])
        said, tokens = self._tokens.tokens[index:behind], self._tokens.tokens
        is_one = said[0].form == "a" or (said[0].said == "one" and said[-1].form == "Uday")
        if len(said) == 2 and is_one and not self._is_length(said[1], tokens, index, behind):
            return None
        return behind, self._found(index, behind, "duration", None, found[1].elapsed)

    def _is_length(self, unit: Token, tokens: tuple[Token, ...], index: int, behind: int) -> bool:
        """Whether "a minute" is a length: "for a minute", "a minute timer"; "a second" seldom is."""
        before = tokens[index - 1].said if index else ""
        after = tokens[behind].said if behind < len(tokens) else ""
        is_alone = index == 0 and tokens[0].form == "a"
        is_length = is_alone or before in self._vocabulary.before_one or after in self._vocabulary.after_one
        return is_length and (unit.form not in ("second", "Usecond") or after in self._vocabulary.after_one)

    def _found(
        self, index: int, behind: int, kind: str, when: Resolved | None, length: timedelta | None = None
    ) -> Found:
        tokens = self._tokens.tokens
        last = behind
        while last > index + 1 and tokens[last - 1].form in (",", ".", "-"):
            last -= 1
        return Found(tokens[index].first, tokens[last - 1].last, "when" if kind == "when" else "duration", when, length)
