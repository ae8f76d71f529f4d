"""Dates: the grammar of days, weeks, months and years that are said by themselves; what stands before them: operators.

Each rule is a regular expression over the tokens of the lexer, and a function that makes a date of what it matched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from edge_agent.act.times.almanac import (
    DAY,
    Period,
    add_months,
    day_of,
    month_of,
    on_or_after,
    quarter_of,
    week_of,
    weekend_of,
    year_of,
)
from edge_agent.act.times.days import Choice, Fields, Lean, Reckoned, shifted
from edge_agent.act.times.feasts import feast
from edge_agent.act.times.when import View

SaidDate = Fields | Reckoned
"""A date as it was said."""
DateRule = tuple[str, re.Pattern[str], Callable[[re.Match[str]], SaidDate | None]]

WEEKDAY = r"W(\d) "
ORDINAL = r"(?:(\d+)(?:th|st|nd|rd|second)|(second)) "
_DAY = r"(?:the )?(?:(\d{1,2})(?:th|st|nd|rd|second)?|(second)) (?:Uday )?"
_SEP = r"(?:[-/,.] |of |the |on )*"
_YEAR = r"(?:(\d{4})|(1[789]|20|21) (?:oh )?(\d{1,2})|[-/] (\d\d)) "
LEAN = r"(?:(?:the )?(this|next|coming|last|past) )"
_MONTH = r"M(\d+) "
_LEANS: dict[str | None, Lean] = {
    "this": "this", "next": "next", "coming": "coming", "last": "last", "past": "last",
}  # fmt: skip
STEPS = {"this": 0, "next": 1, "coming": 1, "last": -1, "past": -1}
"""How many weeks or months further "next week" is."""

PERIODS: dict[str, Callable[[date], Period]] = {
    "Uday": day_of,
    "Uweek": week_of,
    "weekend": weekend_of,
    "Umonth": month_of,
    "quarter": quarter_of,
    "Uyear": year_of,
}
_SEASONS = {"march": 3, "june": 6, "september": 9, "december": 12}


def ordinal(digits: str | None, second: str | None) -> int:
    """The number of an ordinal token: its digits, or the word that is also a unit."""
    return 2 if second else int(digits or 0)


def _year(groups: tuple[str | None, ...]) -> int | None:
    """The year of the four groups of _YEAR. Two digits are of the last eighty years, or of the next twenty."""
    whole, century, rest, short = groups
    if whole:
        return int(whole) if 1000 <= int(whole) <= 2999 else -1
    if century and rest:
        return 100 * int(century) + int(rest)
    return (int(short) + (2000 if int(short) < 50 else 1900)) if short else None


def _fields(day: int | None, month: int | None, year: int | None) -> Fields | None:
    fits = (day is None or 1 <= day <= 31) and (month is None or 1 <= month <= 12) and (year is None or year > 0)
    return Fields(day=day, month=month, year=year) if fits else None


def _month_day(match: re.Match[str]) -> SaidDate | None:
    month, digits, second, *year = match.groups()
    return _fields(ordinal(digits, second), int(month), _year(tuple(year)))


def _day_month(match: re.Match[str]) -> SaidDate | None:
    digits, second, month, *year = match.groups()
    return _fields(ordinal(digits, second), int(month), _year(tuple(year)))


def _month_year(match: re.Match[str]) -> SaidDate | None:
    month, *year = match.groups()
    return _fields(None, int(month), _year(tuple(year)))


def _written(match: re.Match[str]) -> SaidDate | None:
    """A date in digits: year first, or as the owner's country has it."""
    first, second, third = (int(part) for part in re.split("[-/.]", match[1].strip()))
    if len(re.split("[-/.]", match[1])[0]) == 4:
        return _fields(third, second, first)
    year = third if third > 99 else third + (2000 if third < 50 else 1900)
    return _either_order(first, second, year, day_first="." in match[1])


def _either_order(first: int, second: int, year: int | None, *, day_first: bool = False) -> SaidDate | None:
    """3/4: the third of April, in the US and the Philippines the fourth of March; asked for no country."""
    day, month = _fields(first, second, year), _fields(second, first, year)
    if day is None or month is None or first == second or day_first:
        return day or month

    def choose(view: View) -> Choice:
        country = view.context.country
        if country:
            return (month if country.upper() in ("US", "PH") else day).choose(view)
        return Choice((*month.choose(view).periods[:1], *day.choose(view).periods[:1]), ask=True)

    return Reckoned(choose)


def _weekday(match: re.Match[str]) -> SaidDate | None:
    return Fields(weekday=int(match[2]), lean=_LEANS.get(match[1]))


def _weekday_after_next(match: re.Match[str]) -> SaidDate | None:
    """The second one from now on."""
    weekday = int(match[1])
    later = timedelta(days=7)
    return Reckoned(lambda view: Choice((day_of(on_or_after(view.now.date() + DAY, weekday) + later),)))


def _weekday_number(match: re.Match[str]) -> SaidDate | None:
    """ "monday 21"; below 13 it is an hour."""
    return Fields(weekday=int(match[1]), day=int(match[2])) if 13 <= int(match[2]) <= 31 else None


def _counted(match: re.Match[str]) -> SaidDate | None:
    """ "two thursdays back", "three fridays from now"."""
    count, weekday, past = int(match[1].lstrip("N")), int(match[2]), match[3] == "ago"

    def choose(view: View) -> Choice:
        today = view.now.date()
        first = on_or_after(today - timedelta(days=7) if past else today + timedelta(days=1), weekday)
        return Choice((day_of(first + timedelta(days=7 * (count - 1) * (-1 if past else 1))),))

    return Reckoned(choose) if count else None


def _relative_day(match: re.Match[str]) -> SaidDate | None:
    days = timedelta(days=int(match[1]))
    return Reckoned(lambda view: Choice((day_of(view.now.date() + days),)))


def stepped(unit: str, count: int) -> Reckoned:
    """The unit (a key of PERIODS) that is so many after the one that we are in."""

    def choose(view: View) -> Choice:
        today = view.now.date()
        period = PERIODS[unit](today)
        found = shifted(period, week_of(today) if unit == "weekend" else period, count)
        if unit == "weekend" and count == 1 and today.weekday() < 5:  # for some the one that is coming
            return Choice((found, period), ask=True)
        return Choice((found,))

    return Reckoned(choose)


def _period(match: re.Match[str]) -> SaidDate | None:
    return stepped(match[2], STEPS[match[1] or "this"])


def _after_next(match: re.Match[str]) -> SaidDate | None:
    return stepped(match[1], 2)


def _lean_month(match: re.Match[str]) -> SaidDate | None:
    return Fields(month=int(match[2]), lean=_LEANS[match[1]])


def _lean_date(match: re.Match[str]) -> SaidDate | None:
    lean, *rest = match.groups()
    day, second, month = rest[:3] if rest[2] else (rest[4], rest[5], rest[3])
    return Fields(day=ordinal(day, second), month=int(month or 0), lean=_LEANS[lean])


def _season(match: re.Match[str]) -> SaidDate | None:
    """A season lasts three months from the 21st of its first one, its solstice or equinox."""
    month, step = _SEASONS[match[2]], STEPS[match[1] or "this"]

    def choose(view: View) -> Choice:
        today = view.now.date()
        firsts = [date(today.year + more, month, 21) for more in (-2, -1, 0, 1, 2)]
        index = next(number for number, first in enumerate(firsts) if add_months(first, 3) > today)
        is_now = firsts[index] <= today
        index += step if step <= 0 or is_now else 0
        if match[3]:
            first = date(int(match[3]), month, 21)
            return Choice((Period(first, add_months(first, 3)),))
        return Choice((Period(firsts[index], add_months(firsts[index], 3)),))

    return Reckoned(choose)


def _month_after_next(month: int) -> SaidDate:
    """The second such month from now on."""
    return Reckoned(lambda view: Choice(Fields(month=month, lean="next").choose(view).periods[1:]))


def _quarter(match: re.Match[str]) -> SaidDate | None:
    number, year = ordinal(match[1], match[2]), _year(match.groups()[2:])
    if not 1 <= number <= 4:
        return None

    def choose(view: View) -> Choice:
        today = view.now.date()
        found = [quarter_of(date((year or today.year) + more, 3 * number, 1)) for more in ((0,) if year else (0, 1))]
        return Choice(tuple([each for each in found if each.end > today] if not year else found))

    return Reckoned(choose)


def _year_alone(match: re.Match[str]) -> SaidDate | None:
    year = _year((match[1], match[2], match[3], None))
    return Fields(year=year) if year and 1800 <= year <= 2199 else None


def _eight_digits(match: re.Match[str]) -> SaidDate | None:
    return _fields(int(match[3]), int(match[2]), int(match[1])) if 1900 <= int(match[1]) <= 2199 else None


def _rules(*rules: tuple[str, str, Callable[[re.Match[str]], SaidDate | None]]) -> tuple[DateRule, ...]:
    return tuple((begins, re.compile(pattern), make) for begins, pattern, make in rules)


_DIGITS = "0123456789"
_UNITS = "Uqw"
RULES = _rules(
    ("W", rf"(?:the )?{LEAN}?{WEEKDAY}(?:[,-] )?", _weekday),
    ("W", rf"(?:the )?{WEEKDAY}after next ", _weekday_after_next),
    ("W", rf"{WEEKDAY}(?:the )?(\d\d) ", _weekday_number),
    (_DIGITS + "N", r"(\d+|N\d) [WV](\d) (ago|later) ", _counted),
    ("M", rf"{_MONTH}{_SEP}{_DAY}(?:{_SEP}{_YEAR})?", _month_day),
    (_DIGITS + "s", rf"{_DAY}{_SEP}{_MONTH}(?:{_SEP}{_YEAR})?", _day_month),
    ("M", rf"{_MONTH}{_SEP}{_YEAR}", _month_year),
    ("M", rf"{_MONTH}", lambda m: Fields(month=int(m[1]))),
    ("M", rf"{LEAN}{_MONTH}", _lean_month),
    (_DIGITS + "sM", rf"{LEAN}(?:{_DAY}{_SEP}{_MONTH}|{_MONTH}{_SEP}{_DAY})", _lean_date),
    (_DIGITS, rf"(\d{{4}}) {_SEP}{_MONTH}{_SEP}(\d{{1,2}}) ", lambda m: _fields(int(m[3]), int(m[2]), int(m[1]))),
    (_DIGITS, rf"(\d{{4}}) {_SEP}{_MONTH}", lambda m: _fields(None, int(m[2]), int(m[1]))),
    (_DIGITS, r"(\d{4}[-/.]\d+[-/.]\d+|\d+([-/.])\d+\2\d+)t? ", _written),
    (_DIGITS, r"(\d{4})(\d\d)(\d\d) ", _eight_digits),
    (_DIGITS, r"(\d{1,2})/(\d{4}) ", lambda m: _fields(None, int(m[1]), int(m[2]))),
    (_DIGITS, r"(\d{1,2})/(\d{1,2}) ", lambda m: _either_order(int(m[1]), int(m[2]), None)),
    (_DIGITS, rf"(?:the )?{ORDINAL}(?:Uday )?(?:around )?", lambda m: _fields(ordinal(m[1], m[2]), None, None)),
    ("s", r"the second (?:Uday )?(?!U)", lambda m: _fields(2, None, None)),
    (_DIGITS, r"(?:the )?(\d{1,2}) (?=of (?:the )?(?:this|next|coming|last) Umonth )", lambda m: Fields(day=int(m[1]))),
    ("R", r"R(-?\d) ", _relative_day),
    (_UNITS, rf"{LEAN}(Uday|Uweek|weekend|Umonth|quarter|Uyear) ", _period),
    (_UNITS, r"(?:the )?(U(?:week|month|year)|quarter|weekend) after next ", _after_next),
    ("w", r"(?:the )?()(weekend) ", _period),
    ("S", rf"(?:the )?{LEAN}?(?:the )?S([a-z]+) (?:{_SEP}(\d{{4}}) )?", _season),
    ("M", rf"{_MONTH}after next ", lambda m: _month_after_next(int(m[1]))),
    (_DIGITS + "s", rf"(?:the )?{ORDINAL}quarter (?:{_SEP}{_YEAR})?", _quarter),
    (_DIGITS + "U", r"(?:the )?(?:Uyear )?(?:(\d{4})|(1[789]|20|21) (?:oh )?(\d{1,2})) ", _year_alone),
)
"""Each with the letters that its first token, behind "the" and "next", may begin with: others are not tried."""
INNER = _rules((_UNITS, r"(?:the )?()(Uday|Uweek|Umonth|quarter|Uyear) ", _period))
"""What is a date only behind "end of"."""
_BEFORE = re.compile(rf"(?:the )?{LEAN}?(?:the )?")
_FEAST = re.compile(rf"(?:the )?{LEAN}?F(\d+) (?:{_SEP}(?:{_YEAR}|{LEAN}Uyear ))?")


def feast_at(line: str, place: int, rules: tuple[str, ...]) -> Iterator[tuple[int, SaidDate]]:
    """A day with a name that begins there, with its year if that is said."""
    match = _FEAST.match(line, place)
    if match:
        lean, number, *rest = match.groups()
        step = STEPS[rest[4]] if rest[4] else None
        yield match.end(), _feast(rules[int(number)], _year(tuple(rest[:4])), _LEANS.get(lean), step)


def _feast(rule: str, year: int | None, lean: Lean | None, step: int | None) -> Reckoned:
    def choose(view: View) -> Choice:
        today = view.now.date()
        chosen = year if year else today.year + step if step is not None else None
        years = [chosen] if chosen else range(today.year - 1, today.year + 3)
        days = [day for each in years if 1583 <= each <= 4099 and (day := feast(rule, each))]
        if not chosen:
            future, gone = [day for day in days if day >= today], [day for day in days if day < today][::-1]
            days = (gone if lean == "last" or (view.context.past and not lean) else future)[:1]
        return Choice(tuple(map(day_of, days)))

    return Reckoned(choose)


def dates_at(line: str, place: int, rules: tuple[DateRule, ...] = RULES) -> Iterator[tuple[int, SaidDate]]:
    """The dates that begin at that place of the tokens' line, and where each ends."""
    before = _BEFORE.match(line, place)
    letter = line[before.end() if before else place :][:1]
    for begins, pattern, make in rules:
        if letter in begins and (match := pattern.match(line, place)) and (found := make(match)):
            yield match.end(), found
