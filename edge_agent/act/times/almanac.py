"""Almanac: arithmetic of calendar days and of local time, with its nights that have 23 and 25 hours."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from edge_agent.act.times.when import Grain, When

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Amount:
    """A length of time as people say it: months and days of the calendar, and seconds that elapse."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0
    grain: Grain = "minute"
    """The finest unit that was said."""

    def __add__(self, other: Amount) -> Amount:
        finest = min(self.grain, other.grain, key=GRAINS.index)
        return Amount(self.months + other.months, self.days + other.days, self.seconds + other.seconds, finest)

    def times(self, factor: int) -> Amount:
        return Amount(self.months * factor, self.days * factor, self.seconds * factor, self.grain)

    @property
    def is_calendar(self) -> bool:
        """Whether it counts days and months, and no hours."""
        return not self.seconds

    @property
    def elapsed_days(self) -> float:
        """Its length in days where no calendar is at hand: a month has 30, a year 365."""
        years, months = divmod(self.months, 12)
        return self.days + 365 * years + 30 * months + self.seconds / 86400

    @property
    def elapsed(self) -> timedelta:
        """The same as a duration."""
        years, months = divmod(self.months, 12)
        return timedelta(days=self.days + 365 * years + 30 * months, seconds=self.seconds)


GRAINS: tuple[Grain, ...] = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


def local(day: date, at: time, now: datetime, fold: int = 0) -> datetime:
    """That time of that day in the zone of `now`.

    A time that the clocks skip is moved by what they skip: 02:30 becomes 03:30. One that comes twice is the first of
    both, or with fold=1 the second.
    """
    wall = datetime.combine(day, at, now.tzinfo).replace(fold=fold)
    return wall.astimezone(UTC).astimezone(now.tzinfo)


def midnight(day: date, now: datetime) -> datetime:
    """The beginning of that day in the zone of `now`."""
    return local(day, time(), now)


def both(day: date, at: time, now: datetime) -> tuple[datetime, ...]:
    """That time of that day; twice where the clocks are set back over it."""
    first, second = local(day, at, now), local(day, at, now, fold=1)
    return (first, second) if first.utcoffset() != second.utcoffset() and second.time() == at else (first,)


def is_after(one: datetime, other: datetime) -> bool:
    """Whether `one` is later, also within the hour that comes twice."""
    return one.astimezone(UTC) > other.astimezone(UTC)


def elapsed(now: datetime, seconds: float) -> datetime:
    """`now` and so many seconds, by the clock that is never set."""
    return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add(day: date, amount: Amount) -> date:
    """The calendar day so much later; hours are not looked at."""
    return add_months(day, amount.months) + timedelta(days=amount.days)


def month_end(day: date) -> date:
    """The last day of that day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def monday(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def on_or_after(day: date, weekday: int) -> date:
    """The first such weekday (Monday is 0) from that day on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def nth_weekday(first: date, last: date, weekday: int, nth: int) -> date | None:
    """The nth such weekday from `first` to `last`, both included; nth = -1 is the last one."""
    if nth < 0:
        found = on_or_after(last - timedelta(days=6), weekday) + timedelta(days=7 * (nth + 1))
    else:
        found = on_or_after(first, weekday) + timedelta(days=7 * (nth - 1))
    return found if first <= found <= last else None


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the anonymous algorithm (Nature, 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    j, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * j - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the Julian calendar (Meeus), as a Gregorian date of the years 1900 to 2099."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days: from `first` until before `end`."""

    first: date
    end: date
    grain: Grain = "day"
    is_over: bool = False
    """Whether its last second is meant: "by the end of tomorrow"."""

    @property
    def last(self) -> date:
        return self.end - DAY

    def when(self, now: datetime) -> When:
        """The period in the zone of `now`; a day alone has no end."""
        if self.is_over:
            return When(midnight(self.end, now) - timedelta(seconds=1), None, "second")
        start = midnight(self.first, now)
        return When(start, None if self.end - self.first == DAY else midnight(self.end, now), self.grain)


def day_of(day: date) -> Period:
    """That day."""
    return Period(day, day + DAY)


def week_of(day: date) -> Period:
    """Its week, from Monday."""
    return Period(monday(day), monday(day) + timedelta(days=7), "week")


def month_of(day: date) -> Period:
    """Its month."""
    return Period(day.replace(day=1), month_end(day) + DAY, "month")


def quarter_of(day: date) -> Period:
    """Its quarter."""
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return Period(first, add_months(first, 3), "quarter")


def year_of(day: date) -> Period:
    """Its year."""
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1), "year")


def weekend_of(day: date) -> Period:
    """The Saturday and the Sunday of its week."""
    saturday = monday(day) + timedelta(days=5)
    return Period(saturday, saturday + timedelta(days=2))
