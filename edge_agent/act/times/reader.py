"""Reader: the pieces of a time in the tokens of a text, and the longest phrase that they make together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from edge_agent.act.times.almanac import Amount
from edge_agent.act.times.clocks import ClockRange, ClockTime, clocks_at, part_at, zone_at
from edge_agent.act.times.dates import SaidDate
from edge_agent.act.times.days import Fields, Reckoned
from edge_agent.act.times.durations import amount_at
from edge_agent.act.times.lexer import TokenLine
from edge_agent.act.times.moments import between, from_to, lasting, moved, reckoned_from_now, same_time
from edge_agent.act.times.operators import ahead, next_units, said_at
from edge_agent.act.times.parts import Parts
from edge_agent.act.times.repeats import repeats_at
from edge_agent.act.times.vocabulary import Vocabulary
from edge_agent.act.times.when import Resolved, When

_CONNECTOR = re.compile(r"(?:(?:at|on|in|of|for|around|by|,|-|during|starting|from|later) )*")
_HOUR_AHEAD = re.compile(r"(?:.* )?(?:at|by) $")
_IN = re.compile(r"(?:(in|within|for|after) )(?:(?:about|around|the|next|coming) )*")
_SAME_TIME = re.compile(r"(?:at )?sametime (?:on )?")
_AGO = re.compile(r"(ago|later) ")
_NEXT = re.compile(r"(?:the )?(next|coming|last|past) (?=\d|N|Uhour|Uminute|Usecond)|(\d+|N\d) coming (\S+) ")
_BESIDE = re.compile(r"(after|before|from|past|to) ")
_TO = re.compile(r"(?:to|until|-|and) (?:the )?")
_FROM = re.compile(r"(?:from |between )?(?:the )?")
_BARE_DAY = re.compile(r"(\d{1,2}) ")
_UNTIL = re.compile(r",? ?until ")
_REPAIR = re.compile(r"(?:[,.] )?(?:repair (?:, )?)+")
_INSTEAD = re.compile(r"(?:, |\. )(?:but )?(?:repair )?")
_LEAN_PART = re.compile(r"(?:the )?(this|next|last|coming) (?=(?:early |late )?P)")
_EDGE = re.compile(r"(early|late) (?:on )?(?=R|W|tonight|(?:the )?(?:this|last|next) )")
_DEEP = 7
"""So many pieces at most: more is a list of times, and would take long."""

_NESTED = 2
"""So often "an hour after" may stand before itself."""
_REPAIRS = 8
"""So often a speaker may change what was said before that is a time of its own."""

Piece = tuple[int, Parts]


class Reader:
    """Reads the times in one text. Places are those of the tokens' line."""

    def __init__(self, tokens: TokenLine, vocabulary: Vocabulary) -> None:
        self.line = tokens.line
        self._vocabulary = vocabulary
        self._pieces: dict[int, list[Piece]] = {}
        self._nested = 0

    def phrase_at(self, place: int, repairs: int = 0) -> Piece | None:
        """The longest time that begins at that place and where it ends; repaired, if the speaker did so."""
        is_negated = self.line.startswith("not ", place)
        begin = place + 4 * is_negated
        readings = [reading for reading in (self._sequence(begin, Parts(), 0), self._range_at(begin)) if reading]
        if not readings:
            return None
        found = max(readings, key=lambda reading: reading[0])
        repair = (_INSTEAD if is_negated else _REPAIR).match(self.line, found[0])
        if repair is None or repairs == _REPAIRS:
            return None if is_negated else found
        better = self.phrase_at(repair.end(), repairs + 1)
        if better is None:
            return None if is_negated else found
        return better[0], found[1].repaired(better[1])

    def _range_at(self, place: int) -> Piece | None:
        """ "from monday at nine to wednesday at five": two whole times."""
        start = _FROM.match(self.line, place)
        begin = start.end() if start else place
        first = self._sequence(begin, Parts(), 0)
        to = _TO.match(self.line, first[0]) if first else None
        if first is None or to is None or (to[0].startswith(("and", "-")) and begin == place):
            return None
        last = self._sequence(to.end(), Parts(), 0)
        if last is None or first[1].repeat or last[1].repeat or not (last[1].clock or last[1].date):
            return None
        if last[1].is_strong or begin > place:
            return last[0], Parts(moment=partial(between, first[1], last[1]), is_strong=first[1].is_strong)
        return None

    def _sequence(self, place: int, parts: Parts, depth: int) -> Piece | None:
        """The longest row of pieces that fit together, of as few as possible."""
        best = (place, parts) if depth else None
        if depth == _DEEP:
            return best
        connector = _CONNECTOR.match(self.line, place)
        begin = connector.end() if connector else place
        behind_the = begin + 4 if self.line.startswith("the ", begin) else begin
        for start in sorted({place, begin, behind_the}):
            for end, piece in self._pieces_at(start):
                if piece.clock and not piece.is_strong and self.line.endswith("in ", place, start):
                    continue
                if isinstance(piece.clock, ClockTime) and _HOUR_AHEAD.match(self.line[place:start]):
                    piece = replace(piece, is_strong=True)
                together = parts.with_more(piece)
                longer = self._sequence(end, together, depth + 1) if together else None
                if longer and (best is None or longer[0] > best[0]):
                    best = longer
                if best and best[0] >= self._reach(place):
                    return best
        return best

    def _reach(self, place: int) -> int:
        """How far a phrase from there can go at most: until a word that is none of a time."""
        unknown = self.line.find("? ", place)
        return unknown if unknown >= 0 else len(self.line)

    def _pieces_at(self, place: int) -> list[Piece]:
        if place not in self._pieces:
            found = sorted(self._read(place), key=lambda piece: -piece[0]) if place < len(self.line) else []
            self._pieces[place] = found
        return self._pieces[place]

    def _read(self, place: int) -> Iterator[Piece]:
        """All pieces that begin there."""
        line = self.line
        if line.startswith("? ", place):
            return
        yield from self._moments_at(place)
        for end, repeat in repeats_at(line, place):
            yield end, Parts(repeat=repeat, is_strong=True)
        for end, said in self._said_at(place):
            yield end, Parts(date=said, is_strong=_is_strong(line[place:end]))
        yield from self._date_range_at(place)
        yield from self._clocks_at(place)
        if found := part_at(line, place):
            yield found[0], Parts(part=found[1], is_strong=line.startswith(("in ", "at "), place))
        yield from self._leaning_part_at(place)
        if edge := _EDGE.match(line, place):
            yield edge.end(), Parts(edge=edge[1])
        if zone := zone_at(line, place):
            yield zone[0], Parts(zone=self._vocabulary.zones[zone[1]])
        if until := _UNTIL.match(line, place):
            for end, said in self._said_at(until.end()):
                yield end, Parts(until=said, is_strong=_is_strong(line[place:end]))
        if line.startswith("for ", place) and (length := amount_at(line, place + 4)):
            yield length[0], Parts(length=length[1])

    def _said_at(self, place: int) -> Iterator[tuple[int, SaidDate]]:
        return said_at(self.line, place, self._vocabulary.feasts)

    def _leaning_part_at(self, place: int) -> Iterator[Piece]:
        """ "tonight", "this morning", "last night"."""
        if self.line.startswith("tonight ", place):
            found = part_at("Ptonight ", 0)
            yield place + 8, Parts(date=_today(0), part=found[1] if found else None, is_strong=True)
        elif (lean := _LEAN_PART.match(self.line, place)) and (found := part_at(self.line, lean.end())):
            days = {"this": 0, "last": -1}.get(lean[1], 1)
            yield found[0], Parts(date=_today(days), part=found[1], is_strong=True)

    def _clocks_at(self, place: int) -> Iterator[Piece]:
        """A time of day, or from one to another."""
        line = self.line
        for end, clock in clocks_at(line, place):
            yield end, Parts(clock=clock, is_strong=clock.is_strong)
        start = _FROM.match(line, place)
        begin = start.end() if start else place
        for middle, first in clocks_at(line, begin):
            to = _TO.match(line, middle)
            if to and (to[0][:3] != "and" or line.startswith("between ", place)):
                for end, last in clocks_at(line, to.end()):
                    is_strong = begin > place or first.is_strong or last.is_strong
                    yield end, Parts(clock=ClockRange(first, last), is_strong=is_strong)

    def _date_range_at(self, place: int) -> Iterator[Piece]:
        """ "from the 3rd to the 7th of march", "july 13 to 15", "monday to friday"."""
        start = _FROM.match(self.line, place)
        begin = start.end() if start else place
        for middle, first in (*self._said_at(begin), *self._bare_day(begin)):
            to = _TO.match(self.line, middle)
            if to and (to[0][:3] != "and" or self.line.startswith("between ", place)):
                bare = self._bare_day(to.end()) if isinstance(first, Fields) and first.month else []
                for end, last in (*self._said_at(to.end()), *bare):
                    if _BARE_DAY.fullmatch(self.line, begin, middle) and not (isinstance(last, Fields) and last.month):
                        continue
                    yield end, Parts(date=from_to(first, last), is_strong=_is_strong(self.line[place:end]))

    def _bare_day(self, place: int) -> list[tuple[int, SaidDate]]:
        match = _BARE_DAY.match(self.line, place)
        return [(match.end(), Fields(day=int(match[1])))] if match and 1 <= int(match[1]) <= 31 else []

    def _moments_at(self, place: int) -> Iterator[Piece]:
        """Times that are reckoned from now, or from another time."""
        line = self.line
        if line.startswith("now ", place):
            yield place + 4, Parts(moment=lambda view: Resolved((When(view.now),)))
        if same := _SAME_TIME.match(line, place):
            for end, said in self._said_at(same.end()):
                yield end, Parts(moment=partial(same_time, said), is_strong=True)
        if (into := _IN.match(line, place)) and (found := amount_at(line, into.end())):
            yield from _ahead(found[0], found[1], into[1])
        yield from self._next_at(place)
        if found := amount_at(line, place):
            end, amount = found
            if ago := _AGO.match(line, end):
                yield from _ahead(ago.end(), amount, ago[1])
            elif beside := _BESIDE.match(line, end):
                yield from self._beside(beside.end(), amount.times(-1 if beside[1] in ("before", "to") else 1))

    def _next_at(self, place: int) -> Iterator[Piece]:
        """ "the next two days", "the last three hours", "two upcoming days"."""
        match = _NEXT.match(self.line, place)
        if match is None:
            return
        one = "1 " * self.line.startswith("U", match.end())
        rest = one + self.line[match.end() :] if match[1] else f"{match[2]} {match[3]} "
        found = amount_at(rest, 0)
        if found is None:
            return
        end = match.end() + found[0] - len(one) if match[1] else match.end()
        lean, amount = match[1] or "coming", found[1]
        if amount.is_calendar:
            unit = "U" + amount.grain if amount.grain != "quarter" else "quarter"
            yield end, Parts(date=next_units(amount, lean, unit), is_strong=True)
        else:
            yield end, Parts(moment=partial(lasting, amount, lean in ("last", "past")), is_strong=True)

    def _beside(self, place: int, amount: Amount) -> Iterator[Piece]:
        """ "15 minutes from 1pm", "an hour before noon tomorrow"."""
        if not amount.seconds or self._nested == _NESTED:
            return
        self._nested += 1
        found = self._sequence(place, Parts(), _DEEP - 3)
        self._nested -= 1
        is_timed = found is not None and (found[1].clock or found[1].part or found[1].moment)
        if found and is_timed and found[0] > place:
            yield found[0], Parts(moment=partial(moved, found[1], amount), is_strong=True)


def _today(days: int) -> Reckoned:
    return ahead(Amount(days=days), past=False)


_WEAK = re.compile(
    r"(?:the )?(?:\d+(?:th|second)?|second|\d+[./]\d+|\d{4}) (?:Uday )?$|(?:the )?(?:now|S[a-z]+|Uday) $"
)


def _is_strong(said: str) -> bool:
    """Whether a date is one also in running text: not "the second", "1984", "spring"."""
    return _WEAK.match(said) is None


def _ahead(end: int, amount: Amount, word: str) -> Iterator[Piece]:
    """ "in two hours", "three days ago"; "within" lasts until then."""
    past = word == "ago"
    if word == "for":
        return
    if word == "within":
        yield end, Parts(moment=partial(lasting, amount, False), is_strong=True)
    elif amount.is_calendar:
        yield end, Parts(date=ahead(amount, past=past), is_strong=True)
    else:
        yield end, Parts(moment=partial(reckoned_from_now, amount.times(-1 if past else 1)), is_strong=True)
