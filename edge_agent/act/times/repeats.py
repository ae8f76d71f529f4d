"""Repeats: "every other monday", "on weekdays", "the first sunday of every month" -> an RRULE and the first time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from edge_agent.act.times.almanac import midnight, month_end, nth_weekday
from edge_agent.act.times.clocks import PartOfDay
from edge_agent.act.times.dates import ORDINAL, ordinal
from edge_agent.act.times.days import Fields
from edge_agent.act.times.durations import amount_at

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {
    "Usecond": "SECONDLY", "second": "SECONDLY", "Uminute": "MINUTELY", "Uhour": "HOURLY", "Uday": "DAILY",
    "Uweek": "WEEKLY", "Ufortnight": "WEEKLY", "Umonth": "MONTHLY", "Uyear": "YEARLY", "daily": "DAILY",
    "weekly": "WEEKLY", "fortnightly": "WEEKLY", "monthly": "MONTHLY", "yearly": "YEARLY", "hourly": "HOURLY",
}  # fmt: skip
_SECONDS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What repeats, as RFC 5545 has it."""

    frequency: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    """The number of the weekday in the month: 1 is the first, -1 the last."""
    day: int | None = None
    month: int | None = None
    part: PartOfDay | None = None
    other: Recurrence | None = None
    """What some people mean by the same words."""

    def rule(self, until: datetime | None = None) -> str:
        """The RRULE, until that time."""
        days = ",".join(f"{self.nth or ''}{CODES[day]}" for day in self.weekdays)
        fields = {
            "FREQ": self.frequency,
            "INTERVAL": self.interval if self.interval > 1 else None,
            "BYMONTH": self.month,
            "BYMONTHDAY": self.day,
            "BYDAY": days,
            "UNTIL": f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}" if until else None,
        }
        return ";".join(f"{name}={value}" for name, value in fields.items() if value)

    def with_more(self, more: Recurrence) -> Recurrence | None:
        """Both together, where one says the days and the other how often: "every two weeks, on fridays"."""
        one, other = (self, more) if more.weekdays else (more, self)
        if one.weekdays or not other.weekdays or one.frequency != "WEEKLY" or other.frequency != "WEEKLY":
            return None
        return replace(other, interval=one.interval * other.interval)

    def on(self, date_said: Fields) -> Recurrence | None:
        """This on that day: "every week on tuesday", "every month on the 1st"; None if it says its days itself."""
        if self.weekdays or self.day or date_said.month or date_said.year:
            return None
        if self.frequency == "WEEKLY" and date_said.weekday is not None and not date_said.day:
            return replace(self, weekdays=(date_said.weekday,))
        if self.frequency == "MONTHLY" and date_said.day and date_said.weekday is None:
            return replace(self, day=date_said.day)
        return None

    @property
    def seconds(self) -> int | None:
        """Its length where it is shorter than a day."""
        unit = _SECONDS.get(self.frequency)
        return unit * self.interval if unit else None

    def falls_on(self, day: date) -> bool:
        """Whether it can begin on that day."""
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if self.nth and day != nth_weekday(day.replace(day=1), month_end(day), day.weekday(), self.nth):
            return False
        return self.day in (None, day.day) and self.month in (None, day.month)

    def days_from(self, first: date) -> Iterator[date]:
        """The days that it can begin on, from that one on, of the next five years."""
        return (day for number in range(5 * 366) if self.falls_on(day := first + timedelta(days=number)))


def until_end(day: date, now: datetime) -> datetime:
    """The last second of that day, for UNTIL."""
    return midnight(day + timedelta(days=1), now) - timedelta(seconds=1)


_MORE = r"(?: (?:, )?(?:and )?(?:on )?(?:the )?[WV]\d)*"
_LIST = rf"[WV](?:\d|weekday){_MORE}"
_INTERVAL = rf"(?:(other) |{ORDINAL}|(\d+) )?"


def _interval(other: str | None, digits: str | None, second: str | None, number: str | None) -> int:
    return 2 if other else int(number) if number else ordinal(digits, second) or 1


def _days(said: str) -> tuple[int, ...]:
    if "weekday" in said:
        return (0, 1, 2, 3, 4)
    return tuple(sorted({int(day) for day in re.findall(r"[WV](\d)", said)}))


def _every_unit(match: re.Match[str]) -> Recurrence | None:
    interval = _interval(match[1], match[2], match[3], match[4])
    weeks = 2 if match[5] == "Ufortnight" else 1
    if match[5] == "Uday" and match[2] and interval > 3:  # "every 15th day"
        return Recurrence("DAILY", interval)
    return Recurrence(_FREQUENCIES[match[5]], interval * weeks) if interval else None


def _every_weekday(match: re.Match[str]) -> Recurrence | None:
    """ "every second monday" is every other one; with "of the month", and for some without, the second of a month."""
    days, nth = _days(match[5]), ordinal(match[2], match[3])
    monthly = Recurrence("MONTHLY", weekdays=days, nth=nth) if 1 <= nth <= 5 else None
    if match[6]:
        return monthly
    if nth == 1:
        return monthly
    weekly = Recurrence("WEEKLY", _interval(match[1], match[2], match[3], match[4]), days)
    return replace(weekly, other=monthly) if nth else weekly


def _nth_of_month(match: re.Match[str]) -> Recurrence | None:
    nth = -1 if match[3] else ordinal(match[1], match[2])
    return Recurrence("MONTHLY", weekdays=(int(match[4]),), nth=nth) if -1 <= nth <= 5 else None


def _day_of_month(match: re.Match[str]) -> Recurrence | None:
    day = ordinal(match[1], match[2])
    return Recurrence("MONTHLY", day=day) if 1 <= day <= 31 else None


def _day_of_year(match: re.Match[str]) -> Recurrence | None:
    month, day = (match[1], match[2]) if match[1] else (match[4], match[3])
    return Recurrence("YEARLY", day=int(day), month=int(month)) if 1 <= int(day) <= 31 else None


_WEEKEND = (5, 6)
_MONTHLY = r"(?:of|in|on) (?:the |every |a )*Umonth "
_NUMBER = r"(?:the )?(\d{1,2})(?:th|second)? "
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Recurrence | None]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"(?:once )?every {_INTERVAL}(U[a-z]+|second) ", _every_unit),
        (rf"every {_INTERVAL}({_LIST}) ({_MONTHLY})?", _every_weekday),
        (rf"every (?:(last) )W(\d) (?:{_MONTHLY})?", lambda m: Recurrence("MONTHLY", weekdays=(int(m[2]),), nth=-1)),
        (rf"(?:the )?(?:{ORDINAL}|(last) )W(\d) of (?:every|each) Umonth ", _nth_of_month),
        (rf"(?:on )?(?:every |the )*{ORDINAL}(?:Uday )?of (?:every|each) Umonth ", _day_of_month),
        (rf"every (?:the )?{ORDINAL}(?:{_MONTHLY})?", _day_of_month),
        (rf"every (?:Uyear on )?(?:the )?(?:M(\d+) {_NUMBER}|{_NUMBER}(?:of )?M(\d+) )", _day_of_year),
        (r"every M(\d+) ", lambda m: Recurrence("YEARLY", month=int(m[1]), day=1)),
        (r"every weekend ", lambda m: Recurrence("WEEKLY", weekdays=_WEEKEND)),
        (r"(?:on |at )?Vweekend ", lambda m: Recurrence("WEEKLY", weekdays=_WEEKEND)),
        (r"every P([a-z]+) ", lambda m: Recurrence("DAILY", part=PartOfDay(m[1]))),
        (r"every (W\d) P([a-z]+) ", lambda m: Recurrence("WEEKLY", weekdays=_days(m[1]), part=PartOfDay(m[2]))),
        (rf"(?:on )?(?:the )?(V(?:\d|weekday){_MORE}) ", lambda m: Recurrence("WEEKLY", weekdays=_days(m[1]))),
        (rf"(?:on )?(W\d (?:, )?and V\d{_MORE}) ", lambda m: Recurrence("WEEKLY", weekdays=_days(m[1]))),
        (r"(daily|weekly|monthly|yearly|hourly) ", lambda m: Recurrence(_FREQUENCIES[m[1]])),
        (r"(fortnightly) ", lambda m: Recurrence("WEEKLY", 2)),
    )
)


def repeats_at(line: str, place: int) -> Iterator[tuple[int, Recurrence]]:
    """What repeats, as far as it is said at that place of the tokens' line, and where each ends."""
    if line.startswith("every ", place) and (found := amount_at(line, place + 6)) and not found[1].is_calendar:
        minutes, rest = divmod(found[1].seconds + 86400 * found[1].days, 60)
        if minutes % 60 and not rest and not found[1].months:  # "every half hour"
            yield found[0], Recurrence("MINUTELY", int(minutes))
    for pattern, make in _RULES:
        if (match := pattern.match(line, place)) and (repeat := make(match)):
            yield match.end(), repeat
