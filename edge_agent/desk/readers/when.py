"""When: the days and times of day in what a caller says, with limits ("after three") and changes of mind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from edge_agent.act.times.apart import SaidTime, apart
from edge_agent.act.times.when import Context
from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.misheard import days_as_said, other_day
from edge_agent.desk.readers.plain_values import read_number
from edge_agent.desk.wish import Days, Span, TimeWish

LONGEST = timedelta(days=62)
"""Longer stretches are years, and mostly the number of a house."""


@dataclass(frozen=True, slots=True)
class ReadWish:
    """What was found, and where: text[first:last] of each time."""

    wish: TimeWish
    places: tuple[tuple[int, int], ...] = ()


def read_when(
    text: str,
    now: datetime,
    phrases: DeskPhrases,
    country: str | None = None,
    *,
    asked: bool = False,
    sure: bool = False,
) -> ReadWish:
    """The wish in a text; an empty one where there is none. `asked`: a lone "three" is a time, too. `sure`: only what
    is a time whatever stands around it. A day that is on another weekday than is said may be one that sounds alike."""
    text = days_as_said(text, phrases)
    found = _read(text, now, phrases, country, asked=asked, sure=sure)
    if found.wish.is_unsure and (other := other_day(text, phrases)):
        alike = _read(other, now, phrases, country, asked=asked, sure=sure)
        return alike if alike.wish.one_day and not alike.wish.is_unsure else found
    return found


def _read(text: str, now: datetime, phrases: DeskPhrases, country: str | None, *, asked: bool, sure: bool) -> ReadWish:
    """The same of a text as it was said."""
    plain, part = _part(_masked(text.replace('o"clock', "o'clock"), phrases), phrases)
    said = [each for each in apart(plain, now, Context(country=country), phrases.language) if _counts(each, plain, now)]
    kept = [each for each in said if not _is_taken_back(each, plain, phrases)]
    if said and not part and all(_is_ruled_out(each, plain, phrases) for each in said):
        return ReadWish(_without(said, plain), tuple((each.first, each.last) for each in said))
    without = _days_of([each for each in said if kept and each not in kept], plain)
    said = kept or said
    said = [each for each in said if each.is_strong or not sure]
    said = [each for each in said if each.is_strong or _stands(each, plain, said, phrases, asked=asked)]
    said = _last_word(said)
    wish = TimeWish(without=without)
    for each in said:
        more = _wish_of(each, plain, now, phrases)
        if more.spans and not more.clocks and wish.clocks:
            more = replace(more, spans=())
        wish = wish.with_more(more)
    wish = replace(wish, without=tuple(_within(day, wish.days) for day in wish.without))
    places = tuple((each.first, each.last) for each in said)
    if part and not wish.clocks:
        return ReadWish(wish.with_more(TimeWish(spans=(part.span,))), tuple(sorted((*places, part.place))))
    return ReadWish(wish, places)


def read_shift(text: str, phrases: DeskPhrases, at: datetime | None = None) -> timedelta | None:
    """How far from another time something is to be: "an hour later", "the day before", and, where that time is known to
    be `at`, "half past". None: nothing is said of it."""
    times, of_hour = phrases.values["times"], _of_hour(text, at, phrases) if at else None
    found = re.search(times["pushed"], text, re.IGNORECASE) or re.search(times["shifted"], text, re.IGNORECASE)
    if found is None:
        return of_hour
    if unit := found.groupdict().get("next") or found.groupdict().get("following"):
        by = timedelta(days=7 if unit.lower() in times["weeks"] else 1)
        return -by if (found["side"] or "").lower() in times["earlier_ways"] else by
    said = found["count"].lower()
    count = 0.5 if said == "half an" else 1.0 if said in ("a", "an") else read_number(said, phrases)
    minutes = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}[found["unit"].lower()]
    if count is None:
        return of_hour
    by = timedelta(minutes=count * minutes)
    return -by if found["way"].lower() in times["earlier_ways"] else by


def _of_hour(text: str, at: datetime, phrases: DeskPhrases) -> timedelta | None:
    """How far from `at` is "half past", of its hour, or "quarter to", of the next. None: no such words alone."""
    found = re.search(phrases.values["times"]["of_hour"], text, re.IGNORECASE)
    if found is None:
        return None
    minutes = 30 if found["half"] else 15
    if found["way"].lower() == "to":
        minutes = (60 if at.minute else 0) - minutes
    return timedelta(minutes=minutes - at.minute)


@dataclass(frozen=True, slots=True)
class _DayPart:
    """ "After lunch", and where it stands."""

    span: Span
    place: tuple[int, int]


def _part(text: str, phrases: DeskPhrases) -> tuple[str, _DayPart | None]:
    """The text without the part of a day that only people name, and that part."""
    for hears, first, last in phrases.values["times"]["parts"]:
        if found := re.search(hears, text, re.IGNORECASE):
            begin, end = found.span()
            return f"{text[:begin]}{'#' * (end - begin)}{text[end:]}", _DayPart((first, last), (begin, end))
    return text, None


def _days_of(said: Iterable[SaidTime], text: str) -> tuple[date, ...]:
    """The days that are meant by a day that is ruled out; of "Mondays" all, as far ahead as is looked."""
    days: list[date] = []
    for each in said:
        days += [day.first for day in each.days if day.first == day.last]
        if days and re.search(r"days\b", text[each.first : each.last], re.IGNORECASE):
            days += [days[-1] + timedelta(weeks=week) for week in range(-1, LONGEST.days // 7 + 1)]
    return tuple(dict.fromkeys(days))


def _within(day: date, days: tuple[Days, ...]) -> date:
    """The day that is ruled out of a week: "next week, but not Tuesday"."""
    if len(days) != 1 or days[0][0] <= day <= days[0][1]:
        return day
    other = days[0][0] + timedelta(days=(day.weekday() - days[0][0].weekday()) % 7)
    return other if other <= days[0][1] and days[0][0] != days[0][1] else day


def _without(said: list[SaidTime], text: str) -> TimeWish:
    """ "Not Monday" or "not in the morning", and no more: any other day, any other part of it."""
    days = _days_of(said, text)
    parts = [(start, end) for each in said if not each.days for start, end in each.clock if end]
    rest = (*((0, start) for start, _ in parts[-1:] if start), *((end, 24 * 60) for _, end in parts[-1:]))
    return TimeWish(spans=rest, without=days)


def _masked(text: str, phrases: DeskPhrases) -> str:
    """The text without "one" where it stands for a thing: "that one", "book one for friday"; as long as before."""
    pattern = re.compile(str(phrases.values["times"]["no_times"]), re.IGNORECASE)
    return pattern.sub(lambda match: "#" * len(match[0]), text)


def _counts(said: SaidTime, text: str, now: datetime) -> bool:
    """Whether it can be when something is to be: not a year, not "right now", not the number of a street."""
    if said.days and all(each.last < now.date() for each in said.days):
        return False
    if said.days and said.days[0].last - said.days[0].first > LONGEST:
        return False
    minute = now.hour * 60 + now.minute
    if said.days and said.clock and said.days[0].first == now.date() and said.clock == ((minute, None),):
        return False
    return not re.match(r"\s+(?!I\b)[A-Z][\w.]*", text[said.last :]) or not re.search(
        r"\d$|\dth$", text[said.first : said.last]
    )


def _stands(said: SaidTime, text: str, others: list[SaidTime], phrases: DeskPhrases, *, asked: bool) -> bool:
    """Whether what could be something else is a time here."""
    if any(other.is_strong and other.clock for other in others) and said.clock and not said.days:
        return False
    before = text[: said.first].rstrip()
    words = text[said.first : said.last]
    if said.is_part or said.days:
        return True
    behind = text[said.last : said.last + 1]
    if (re.search(r"\d$", words) and behind and behind in "-/#") or re.search(r"[#\-+/\d]$", before):
        return False
    times = phrases.values["times"]
    leads = re.match(times["clock_leads"], words, re.IGNORECASE) or re.search(times["clock_before"], before, re.I)
    leads = leads or re.search(times["clock_behind"], text[said.last :], re.IGNORECASE)
    return asked or leads is not None


def _last_word(said: list[SaidTime]) -> list[SaidTime]:
    """The last of several days and times of day that is not taken back; one said whole before a part."""
    days = [each for each in said if each.days]
    clocks = [each for each in said if each.clock and not each.is_part] or [each for each in said if each.clock]
    chosen = [*days[-1:], *(each for each in clocks[-1:] if each not in days[-1:])]
    if days and clocks and clocks[-1] is not days[-1] and days[-1].clock and not days[-1].is_part:
        later = max(days[-1], clocks[-1], key=lambda each: each.first)
        chosen = [days[-1]] if later is days[-1] else chosen
    return sorted(chosen, key=lambda each: each.first)


def _is_ruled_out(said: SaidTime, text: str, phrases: DeskPhrases) -> bool:
    """ "Not" stands before it: in "not the 22nd, the 23rd" it is a part of what was said, which is the 23rd."""
    return phrases.pattern("instead_of").search(text[: said.first]) is not None


def _is_taken_back(said: SaidTime, text: str, phrases: DeskPhrases) -> bool:
    """ "not the 22nd", "instead of nine"."""
    first = re.match(r"\w+\s+", text[said.first : said.last])
    heads = (text[: said.first], text[: said.first] + (first[0] if first else ""))
    return any(phrases.pattern("instead_of").search(head) for head in heads)


def _wish_of(said: SaidTime, text: str, now: datetime, phrases: DeskPhrases) -> TimeWish:
    days = tuple((each.first, each.last) for each in said.days if each.last >= now.date())
    days = tuple(sorted(days))[:2] if said.ask_day else days[:1]
    wish = TimeWish(days, is_unsure=said.ask_day and len(days) > 1)
    if not said.clock:
        limits = _day_limits(said, text, now, phrases)
        return replace(wish, days=limits, is_unsure=False) if limits else wish
    if limit := _limit(said, text, phrases):
        return replace(wish, spans=limit)
    if any(end for _, end in said.clock):
        start, end = min(said.clock, key=lambda slot: not _is_by_day(slot[0]))
        return replace(wish, spans=((start, end or start + 60),))
    return replace(wish, clocks=tuple(start % (24 * 60) for start, _ in said.clock))


def _limit(said: SaidTime, text: str, phrases: DeskPhrases) -> tuple[Span, ...]:
    """ "after three", "before noon": the part of the day that is left."""
    lead = text[: said.first].lower()
    head = re.match(r"\s*(?:not |no |any ?time )?\w+ ", text[said.first : said.last].lower())
    start, end = min(said.clock, key=lambda slot: not _is_by_day(slot[0]))
    for ahead in (lead, lead + (head[0] if head else "")):
        if said.days and not said.is_part and phrases.pattern("from_day").search(ahead):
            return ()  # "from the 12th at nine until the 15th" begins at nine
        if phrases.pattern("from_then").search(ahead):
            return ((end or start, 24 * 60),)
        if phrases.pattern("until_then").search(ahead):
            return ((0, start),)
    return ()


def _day_limits(said: SaidTime, text: str, now: datetime, phrases: DeskPhrases) -> tuple[Days, ...]:
    """The days that "before the 20th", "by Friday", "after next week", "not before Monday" leave."""
    first, last = said.days[0].first, said.days[0].last
    head = re.match(r"\s*\w+ ", text[said.first : said.last])
    for lead in (text[: said.first], text[: said.first] + (head[0] if head else "")):
        found = re.search(phrases.values["times"]["day_limit"], lead, re.IGNORECASE)
        if found is None:
            continue
        day = timedelta(days=1)
        match found.lastgroup:
            case "after":
                return ((last + day, last + LONGEST),)
            case "from_then":
                return ((first, first + LONGEST),)
            case "before":
                first -= day
        return ((now.date(), first),) if first >= now.date() else ()
    return ()


def _is_by_day(minute: int) -> bool:
    """Whether it is from seven to seven: "after three" is in the afternoon, "before ten" in the morning."""
    return 7 * 60 <= minute < 19 * 60
