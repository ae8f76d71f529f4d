"""Apart: the days and the times of day that a text tells, so that one may be changed without the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from edge_agent.act.times.almanac import DAY
from edge_agent.act.times.lexer import TokenLine, tokens_of
from edge_agent.act.times.parts import Parts
from edge_agent.act.times.reader import Reader
from edge_agent.act.times.timing import Slot, slots_of
from edge_agent.act.times.vocabulary import Vocabulary, vocabulary_of
from edge_agent.act.times.when import Context, Resolved, View

_NO_CALENDAR = (ValueError, OverflowError)
"""What arithmetic raises beyond the years 1 and 9999."""
NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days that are meant together: first and last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SaidTime:
    """What text[first:last] tells of a time."""

    first: int
    last: int
    days: tuple[DayRange, ...] = ()
    """The days that may be meant, the likeliest first; none: no day was said."""
    clock: tuple[Slot, ...] = ()
    """The times of day that may be meant, in minutes after midnight, and their ends; none: none was said."""
    is_part: bool = False
    """Whether the time of day is a part of it: "in the morning"."""
    is_strong: bool = True
    """Whether it is a time whatever stands around it."""
    ask_day: bool = False
    """Whether people mean different days by this."""


def apart(text: str, now: datetime, context: Context = NO_CONTEXT, language: str = "en") -> list[SaidTime]:
    """The times in a text, from left to right. Those that are none in running text ("three") are not strong."""
    vocabulary = vocabulary_of(language, context.country)
    if vocabulary is None:
        return []
    tokens = tokens_of(text, vocabulary)
    reader, view = Reader(tokens, vocabulary), View(now, context)
    found: list[SaidTime] = []
    index = 0
    while index < len(tokens.tokens):
        each = _at(index, tokens, reader, view, vocabulary)
        if each:
            found.append(each[1])
        index = each[0] if each else index + 1
    return found


def _at(
    index: int, tokens: TokenLine, reader: Reader, view: View, vocabulary: Vocabulary
) -> tuple[int, SaidTime] | None:
    """What begins at that token, and the token behind it."""
    if tokens.tokens[index].form in ("?", ".", ","):
        return None
    found = reader.phrase_at(tokens.starts[index])
    if found is None:
        return None
    end, parts = found
    behind = tokens.index(end)
    said = tokens.tokens[index:behind]
    if len(said) == 1 and said[0].said in vocabulary.weak:
        return None
    while len(said) > 1 and said[-1].form in (",", ".", "-"):
        said = said[:-1]
    try:
        time = _told(parts, view, said[0].first, said[-1].last)
    except _NO_CALENDAR:
        return None
    return (behind, time) if time else None


def _told(parts: Parts, view: View, first: int, last: int) -> SaidTime | None:
    if parts.moment or parts.zone or parts.repeat:
        resolved = parts.resolved(view)
        return _of_resolved(resolved, parts, first, last) if resolved else None
    days: tuple[DayRange, ...] = ()
    ask = False
    if parts.date:
        choice = parts.date.choose(view)
        if not choice.periods:
            return None
        days = tuple(DayRange(period.first, period.end - DAY) for period in choice.periods)
        ask = choice.ask and len(days) > 1
    slots, _ = slots_of(parts.clock, parts.part)
    if not days and not slots:
        return None
    return SaidTime(first, last, days, tuple(slots), parts.clock is None and bool(slots), parts.is_strong, ask)


def _of_resolved(found: Resolved, parts: Parts, first: int, last: int) -> SaidTime:
    """What is a time as a whole: "in two hours", "three o'clock in Paris", "on mondays"."""
    days = tuple(
        dict.fromkeys(
            DayRange(each.start.date(), _last_day(each.end) or each.start.date()) for each in found.candidates
        )
    )
    clock: tuple[Slot, ...] = ()
    if found.candidates[0].has_time and (not parts.repeat or parts.clock or parts.part):
        clock = tuple(dict.fromkeys((each.start.hour * 60 + each.start.minute, None) for each in found.candidates))
    return SaidTime(first, last, days, clock, is_part=False, is_strong=True, ask_day=found.ask)


def _last_day(end: datetime | None) -> date | None:
    return (end - timedelta(seconds=1)).date() if end else None
