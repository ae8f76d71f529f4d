"""Durations: "an hour and a half", "1h 30m", "a couple of minutes"."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge_agent.act.times.almanac import Amount
from edge_agent.act.times.when import Grain

UNIT = r"(U[a-z]+|second|quarter) "
_NUM = r"(\d+(?:\.\d+)?|N\d+) (?:- |more )?"
_PART = r"(?:- )?(half|quarter|(?:the )?3 (?:- )?quarter) "
_OF = r"(?:of )?(?:a |the )?"

MONTHS = {"Umonth": 1, "quarter": 3, "Uyear": 12, "Udecade": 120}
DAYS = {"Uday": 1, "Uweek": 7, "Ufortnight": 14}
SECONDS = {"Uhour": 3600, "Uminute": 60, "Usecond": 1, "second": 1}
_GRAINS: dict[str, Grain] = {
    "Usecond": "second", "second": "second", "Uminute": "minute", "Uhour": "hour", "Uday": "day", "Uweek": "week",
    "Ufortnight": "week", "Umonth": "month", "quarter": "quarter", "Uyear": "year", "Udecade": "year",
}  # fmt: skip


def number(form: str) -> float:
    """The number of a token: 2 of "2" and of "N2" ("a couple")."""
    return float(form.lstrip("N"))


def amount(value: float, unit: str) -> Amount:
    """So many of a unit, which is a token. Halves of months are days, halves of days are hours."""
    grain = _GRAINS[unit]
    if unit in SECONDS:
        return Amount(seconds=value * SECONDS[unit], grain=grain)
    if unit in DAYS:
        days, rest = divmod(value * DAYS[unit], 1)
        if rest and unit != "Uday":  # half weeks are whole days
            return Amount(days=int(value * DAYS[unit] + 0.5), grain="day")
        return Amount(days=int(days), seconds=rest * 86400, grain="hour" if rest else grain)
    months, rest = divmod(value * MONTHS[unit], 1)
    return Amount(months=int(months), days=round(rest * 30), grain="day" if rest else grain)


def _share(said: str) -> float:
    return {"half": 0.5, "quarter": 0.25}.get(said, 0.75)


def _ratio(match: re.Match[str]) -> Amount | None:
    over, under = (int(part) for part in match[1].split("/"))
    return amount(over / under, match[2]) if under else None


_PARTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Amount | None]], ...] = (
    (re.compile(rf"(?:a )?{_PART}{_OF}{UNIT}"), lambda m: amount(_share(m[1]), m[2])),
    (re.compile(rf"{_NUM}and (?:a )?{_PART}{UNIT}"), lambda m: amount(number(m[1]) + _share(m[2]), m[3])),
    (
        re.compile(rf"(?:a |{_NUM})?{UNIT}and (?:a )?{_PART}(?!(?:of )?(?:a )?[UN]|past|to|after|until|\d)"),
        lambda m: amount(number(m[1] or "1") + _share(m[3]), m[2]),
    ),
    (re.compile(rf"(?:a )?(\d+/\d+) (?:- )?{_OF}{UNIT}"), _ratio),
    (re.compile(rf"{_NUM}(?:of )?{UNIT}"), lambda m: amount(number(m[1]), m[2])),
    (re.compile(r"(\d+)second "), lambda m: amount(number(m[1]) - 2, "second") if int(m[1]) > 20 else None),
    (re.compile(rf"(?:a ){UNIT}"), lambda m: amount(1, m[1])),
)
_JOIN = re.compile(r"(?:, )?(?:and )?")
_REST = re.compile(r"(\d{1,2}) $")

LONGEST = 20_000
"""Years; what is longer is no time that a calendar knows."""


_REPAIR = re.compile(r"(?:, )?(?:repair (?:, )?)+(?:for |in )?")
_BEGINS = frozenset("0123456789Nahqt-")
"""What a duration can begin with: numbers, "a", "half", "quarter", "the three quarters"."""
_BARE = re.compile(r"(\d+(?:\.\d+)?|N\d+) ")


def amount_at(line: str, place: int, repairs: int = 0) -> tuple[int, Amount] | None:
    """The duration that begins at that place of the tokens' line, and where it ends; of a repaired one the last.

    "ten no fifteen minutes" and "ten minutes no fifteen" are fifteen minutes.
    """
    if line[place : place + 1] not in _BEGINS:
        return None
    found = _plain_at(line, place)
    bare = None if found else _BARE.match(line, place)
    end = found[0] if found else bare.end() if bare else 0
    if not end or repairs == 8 or not (repair := _REPAIR.match(line, end)):
        return found
    if better := amount_at(line, repair.end(), repairs + 1):
        return better
    again = _BARE.match(line, repair.end())
    if again and found and (unit := re.search(r"(\S+) $", line[:end])) and unit[1] in SECONDS | DAYS | MONTHS:
        return again.end(), amount(number(again[1]), unit[1])
    return found


def _plain_at(line: str, place: int) -> tuple[int, Amount] | None:
    """The longest duration that begins at that place of the tokens' line: where it ends, and how long it is."""
    found: tuple[int, Amount] | None = None
    while part := _part_at(line, place):
        end, value = part
        if found and value.grain == found[1].grain:  # "ten minutes, five minutes" are two
            break
        found = (end, found[1] + value if found else value)
        join = _JOIN.match(line, end)
        place = join.end() if join else end
    return found if found and found[1].months < 12 * LONGEST and found[1].elapsed_days < 366 * LONGEST else None


def _part_at(line: str, place: int) -> tuple[int, Amount] | None:
    for pattern, value in _PARTS:
        if (match := pattern.match(line, place)) and (found := value(match)):
            return match.end(), found
    return None


def whole_amount(line: str) -> Amount | None:
    """The duration that the whole line is; a number behind hours is minutes: "one hour thirty"."""
    found = amount_at(line, 0)
    if not found:
        return None
    end, value = found
    rest = _REST.match(line, end)
    if rest and value.grain in ("hour", "minute"):
        return value + amount(int(rest[1]), "Uminute" if value.grain == "hour" else "Usecond")
    return value if end == len(line) else None
