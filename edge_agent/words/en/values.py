"""English words for lengths of time, times of day, dates, lists and counts, as an answer speaks them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_ROUND_S = 3_600
"""The length from which seconds are left out: nobody waits for them."""


def counted(number: float, one: str, many: str | None = None) -> str:
    """1 -> one day, 3 -> 3 days."""
    if number == 1:
        return f"one {one}"
    return f"{number:g} {many or one + 's'}"


def length(seconds: float) -> str:
    """90 -> one minute and 30 seconds; at most two units, and no less than a second."""
    left = max(1, round(seconds))
    if left > _ROUND_S:
        left = round(left / 60) * 60 if left % 60 else left
    parts = []
    for name, size in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(counted(number, name))
    return listed(parts[:3] if len(parts) == 3 and parts[0].endswith("day") else parts)


def as_adjective(seconds: float) -> str:
    """10-minute, as in a 10-minute timer."""
    return re.sub(r"(\w+) (day|hour|minute|second)s?", r"\1-\2", length(seconds))


def clock(moment: datetime) -> str:
    """7:05 AM, 12 noon, 3 PM."""
    if moment.hour in (0, 12) and not moment.minute:
        return "midnight" if moment.hour == 0 else "noon"
    half = "AM" if moment.hour < 12 else "PM"
    hour = (moment.hour - 1) % 12 + 1
    return f"{hour}:{moment.minute:02d} {half}" if moment.minute else f"{hour} {half}"


def day_of_week(moment: date) -> str:
    return _DAYS[moment.weekday()]


def month(moment: date) -> str:
    return _MONTHS[moment.month - 1]


def full_date(moment: date, now: date | None = None) -> str:
    """Sunday, November 29; with the year where it is not this one."""
    year = f", {moment.year}" if now is None or moment.year != now.year else ""
    return f"{day_of_week(moment)}, {month(moment)} {moment.day}{year}"


def day(moment: datetime, now: datetime) -> str:
    """today, tomorrow, on Wednesday, on Sunday, December 13."""
    days = (moment.date() - now.date()).days
    if days in (-1, 0, 1):
        return ("today", "tomorrow", "yesterday")[days]
    if 1 < days < 7:
        return f"on {day_of_week(moment)}"
    return f"on {full_date(moment, now)}"


def moment(at: datetime, now: datetime) -> str:
    """tomorrow at 7 AM."""
    when = day(at, now)
    if when == "today" and at.hour >= 18:
        return f"tonight at {clock(at)}"
    return f"{when} at {clock(at)}"


def on_days(days: Sequence[int]) -> str:
    """every day, on weekdays, every Monday and Friday (0 = Monday)."""
    chosen = sorted(days)
    if chosen == list(range(7)):
        return "every day"
    if chosen == list(range(5)):
        return "on weekdays"
    if chosen == [5, 6]:
        return "on weekends"
    return f"every {listed([_DAYS[each] for each in chosen])}"


def repeated(at: datetime, rrule: str | None) -> str:
    """every Thursday at 6 PM, on the 1st of every month at 9 AM; empty for what does not repeat in a simple way."""
    parts = dict(part.split("=", 1) for part in (rrule or "").split(";") if "=" in part)
    days = [index for index, name in enumerate(_DAYS) if name[:2].upper() in parts.get("BYDAY", "").split(",")]
    kind, other = parts.get("FREQ"), "other " if parts.pop("INTERVAL", "1") == "2" else ""
    if kind == "DAILY":
        said = f"every {other}day"
    elif kind == "WEEKLY" and set(parts) <= {"FREQ", "BYDAY"}:
        named = on_days(days or [at.weekday()])
        said = named.replace("every ", "every other ") if other else named
    elif kind in ("MONTHLY", "YEARLY") and not other and parts.get("BYMONTHDAY", str(at.day)) == str(at.day):
        said = f"on the {_ordinal(at.day)} of every {'month' if kind == 'MONTHLY' else month(at)}"
    else:
        return ""
    return f"{said} at {clock(at)}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """a; a and b; a, b and c."""
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def days_between(first: date, last: date) -> str:
    return counted(abs((last - first).days), "day")


def weeks_between(first: date, last: date) -> str:
    """12 weeks and 6 days."""
    weeks, days = divmod(abs((last - first).days), 7)
    return listed([counted(weeks, "week"), *([counted(days, "day")] if days else [])])


def span(between: timedelta) -> str:
    return length(abs(between.total_seconds()))
