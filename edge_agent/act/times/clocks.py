"""Clocks: times of day as they are said, "half past three", "7.30 p.m.", "in the evening"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

_TAIL = r"(?:around )?(?:oclock )?(?:(?:\. |in (?:the )?)?(AM|PM) )?(?:oclock )?(?:around )?"
_HOUR = r"(\d{1,2}|noon|midnight) "
_PART = r"(?:(early|late|mid) (?:- )?)?(?:(?:at|in|during|on) )?(?:the )?(?:(early|late|mid) (?:- )?)?P([a-z]+) "

PARTS: dict[str, tuple[int, int]] = {
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 23),
    "night": (20, 24),
    "tonight": (18, 24),
    "lunch": (12, 14),
    "dawn": (5, 7),
    "dinner": (18, 20),
}
"""The hours between which each part of the day lies, when it is said alone."""
_HALVES: dict[str, Literal["am", "pm"]] = {"AM": "am", "PM": "pm"}


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as it was said: 3:30, with or without am or pm."""

    hour: int
    minute: int = 0
    second: int | None = None
    half: Literal["am", "pm"] | None = None
    is_sure: bool = False
    """SaidDate by the clock of 24 hours."""
    is_strong: bool = True
    """Whether it is a time also in running text: "seven o'clock", not "seven"."""

    @property
    def minutes(self) -> tuple[int, ...]:
        """Minutes after midnight that it can mean, morning first; 1440 is the midnight that ends the day."""
        hour = self.hour % 12
        if self.hour == 24:
            return (24 * 60,)
        if self.half:
            return ((hour + 12 * (self.half == "pm")) * 60 + self.minute,)
        if self.is_sure or self.hour > 12 or self.hour == 0:
            return (self.hour % 24 * 60 + self.minute,)
        return (hour * 60 + self.minute, (hour + 12) * 60 + self.minute)


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """ "in the morning", "late afternoon": the hours that it lasts, and which half of the day it is."""

    name: str
    edge: str | None = None

    @property
    def hours(self) -> tuple[int, int]:
        """The hours between which it lies; "early" is its first half, "late" its second."""
        first, last = PARTS[self.name]
        middle = (first + last) // 2
        return (first, middle) if self.edge == "early" else (middle, last) if self.edge == "late" else (first, last)

    def minutes(self, clock: ClockTime) -> tuple[int, ...]:
        """What the clock means in this part: "12 in the evening" is midnight, "3 at night" is before dawn."""
        found = clock.minutes
        if len(found) == 1:
            return found
        first, second = found
        if self.name == "lunch" and clock.hour in (10, 11):
            return (first,)
        if self.name in ("morning", "dawn"):
            return (second, 24 * 60) if clock.hour == 12 and not clock.minute else (first,)
        is_late = self.name in ("night", "tonight")
        if (self.name == "evening" or is_late) and (clock.hour == 12 or (is_late and clock.hour < 6)):
            return (first + 24 * 60,)  # of the night that follows
        return (second,)


@dataclass(frozen=True, slots=True)
class ClockRange:
    """ "from three to five"."""

    first: ClockTime
    last: ClockTime


def _clock(hour: int, minute: int = 0, half: str | None = None, **more: object) -> ClockTime | None:
    clock = ClockTime(hour, minute, half=_HALVES.get(half or ""))
    if hour > 24 or minute > 59 or ((hour in (0, 24) and (clock.half or minute)) and not more.get("is_sure")):
        return None
    return replace(clock, half=None if hour > 12 else clock.half, **more)  # type: ignore[arg-type]


def _named(word: str) -> tuple[int, bool]:
    """The hour of "noon", "midnight" or "7", and whether it is sure."""
    return (12, True) if word == "noon" else (0, True) if word == "midnight" else (int(word), False)


def _written(match: re.Match[str]) -> ClockTime | None:
    hour, minute, second, half = match.groups()
    if int(second or 0) > 59:
        return None
    is_sure = hour.startswith("0") and not half
    return _clock(int(hour), int(minute), half, second=int(second) if second else None, is_sure=is_sure)


def _pointed(match: re.Match[str]) -> ClockTime | None:
    return _clock(int(match[1]), int(match[2]), match[3], is_strong=match[3] is not None)


def _half_past(match: re.Match[str]) -> ClockTime | None:
    hour, is_sure = _named(match[1])
    return _clock(hour, 30, match[2], is_sure=is_sure)


def _minutes_past(match: re.Match[str]) -> ClockTime | None:
    said, unit, side, word, half = match.groups()
    minutes = 15 if said == "quarter" else int(said)
    is_before = side in ("to", "until", "before", "of")
    is_named = not word.isdecimal()
    if (
        said != "quarter"
        and not (unit or is_named)
        and (side in ("of", "until") or (is_before and minutes not in (5, 10, 20, 25)))
    ):
        return None  # "three to five" is a range
    if not 0 < minutes < 60:
        return None
    hour, is_sure = _named(word)
    clock = _clock(hour, 0, half, is_sure=is_sure)
    if clock is None or not is_before:
        return clock and replace(clock, minute=minutes)
    if clock.half == "pm" and hour == 12:
        return replace(clock, hour=11, minute=60 - minutes, half="am")
    return replace(clock, hour=(hour - 1) % 24 if is_sure else (hour - 2) % 12 + 1, minute=60 - minutes)


def _two_numbers(match: re.Match[str]) -> ClockTime | None:
    return _clock(int(match[1]), int(match[2] or match[3]), match[4], is_strong=match[4] is not None)


def _four_digits(match: re.Match[str]) -> ClockTime | None:
    digits, half = match[1] or match[3], match[4]
    is_sure = match[2] is not None or (len(digits) == 4 and digits.startswith("0") and not half)
    return _clock(int(digits[:-2]), int(digits[-2:]), half, is_sure=is_sure, is_strong=bool(match[2] or half))


def _hour(match: re.Match[str]) -> ClockTime | None:
    is_strong = bool(match[2]) or "oclock" in match[0]
    if not is_strong and int(match[1]) == 0:
        return None
    return _clock(int(match[1]), 0, match[2], is_strong=is_strong)


RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], ClockTime | None]], ...] = (
    (re.compile(rf"(\d{{1,2}}):(\d\d)(?::(\d\d))? {_TAIL}"), _written),
    (re.compile(r"(\d{1,2})h(\d\d) "), lambda m: _clock(int(m[1]), int(m[2]), is_sure=True)),
    (re.compile(rf"(\d{{1,2}})\.(\d\d) {_TAIL}"), _pointed),
    (re.compile(rf"(?:a )?half (?:past )?{_HOUR}(?!U|second|quarter){_TAIL}"), _half_past),
    (
        re.compile(
            rf"(?:a )?(quarter|\d{{1,2}}) (?:- )?(Uminute )?(past|after|to|until|before|of) {_HOUR}(?!U){_TAIL}"
        ),
        _minutes_past,
    ),
    (re.compile(r"(?:12 |the )?(?:oclock )?(noon|midnight) (?:around )?"), lambda m: _clock(*_named_only(m[1]))),
    (re.compile(rf"(?:oh )?(\d{{1,2}}) (?:(?:- )?(\d\d) |(?:oh|0) (\d) )(?:Uminute )?{_TAIL}"), _two_numbers),
    (
        re.compile(rf"(?:oh |0 )?(?:(?=\d{{4}} )(\d+) (?:- )?(Uhour )|(\d{{3,4}}) (?!(?:- )?(?:U|second)){_TAIL})"),
        _four_digits,
    ),
    (re.compile(rf"(\d{{1,2}}) (?!(?:- )?(?:U|second|quarter)){_TAIL}"), _hour),
)
_ZONED = re.compile(r"Z(\d+) ")
_PART_OF_DAY = re.compile(_PART)


def _named_only(word: str) -> tuple[int]:
    return (_named(word)[0] or 24,)


def clocks_at(line: str, place: int) -> Iterator[tuple[int, ClockTime]]:
    """The times of day that begin at that place of the tokens' line, and where each ends."""
    for pattern, make in RULES:
        if (match := pattern.match(line, place)) and (clock := make(match)):
            yield match.end(), replace(clock, is_sure=True) if "noon" in match[0] else clock


def part_at(line: str, place: int) -> tuple[int, PartOfDay] | None:
    """A part of the day that begins there: "in the morning", "late afternoon"."""
    match = _PART_OF_DAY.match(line, place)
    return (match.end(), PartOfDay(match[3], match[1] or match[2])) if match else None


def zone_at(line: str, place: int) -> tuple[int, int] | None:
    """The number of a zone that is named there."""
    match = _ZONED.match(line, place)
    return (match.end(), int(match[1])) if match else None


def told_apart(span: ClockRange) -> tuple[ClockTime, ClockTime]:
    """Both ends with am or pm where one of them says it: "3-4 pm" begins at 3 pm, "11 to 1 pm" at 11 am."""
    first, last = span.first, span.last
    if last.half and not first.half and len(first.minutes) == 2:
        end = last.minutes[0]
        fitting = [minutes for minutes in first.minutes if minutes < end]
        return replace(first, half="pm" if fitting and max(fitting) >= 720 else "am"), last
    if first.half and not last.half and len(last.minutes) == 2:
        begin = first.minutes[0]
        later = [minutes for minutes in last.minutes if minutes > begin]
        return first, replace(last, half="pm" if later and min(later) >= 720 else "am")
    return first, last
