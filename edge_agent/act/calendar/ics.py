"""Ics: an iCalendar file as its owner's program wrote it, changed line by line, so that nothing else in it changes.

A line keeps its folds and its ending. What is here knows where an event begins and ends, and how a time is written;
what times mean is read by the package icalendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from datetime import UTC, date, datetime, tzinfo

ONE_LINE = re.compile(r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n?")
"""A content line with the lines that it is folded into (RFC 5545, 3.1)."""
SERIES = frozenset({"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"})
"""What makes an event one of several."""
DayOrTime = date | datetime


def lines_of(text: str) -> list[str]:
    return [line for line in ONE_LINE.findall(text) if line]


def split(line: str) -> tuple[str, str, str]:
    """Name in upper case, parameters with the semicolon before them, value."""
    plain = re.sub(r"\r?\n[ \t]", "", line).rstrip("\r\n")
    found = re.match(r'([^;:]*)((?:;(?:"[^"]*"|[^":])*)?):(.*)', plain, re.DOTALL)
    return (found[1].upper(), found[2], found[3]) if found else (plain.upper(), "", "")


def events_in(lines: list[str]) -> list[slice]:
    """Where the events are, from BEGIN:VEVENT to behind END:VEVENT, in the order of the file."""
    found, begin = [], 0
    for number, line in enumerate(lines):
        match split(line):
            case ("BEGIN", _, kind) if kind.strip().upper() == "VEVENT":
                begin = number
            case ("END", _, kind) if kind.strip().upper() == "VEVENT":
                found.append(slice(begin, number + 1))
    return found


def own_lines(event: list[str]) -> Iterator[int]:
    """The numbers of the lines that are the event's own and not those of an alarm in it."""
    depth = 0
    for number, line in enumerate(event):
        name = split(line)[0]
        depth += (name == "BEGIN") - (name == "END")
        if depth == 1 and name != "BEGIN" and name != "END":
            yield number


def line_of(event: list[str], name: str) -> str | None:
    return next((event[number] for number in own_lines(event) if split(event[number])[0] == name), None)


def written_like(line: str, moment: DayOrTime, zone: tzinfo | None, name: str | None = None) -> str:
    """A line with another moment, in the form of `line`: a day, UTC, a zone (`zone`) or no zone; perhaps by another
    name."""
    own, parameters, value = split(line)
    ending = "\r\n" if line.endswith("\r\n") else "\n"
    if len(value.strip()) == len("20261224"):
        text = moment.strftime("%Y%m%d")
    elif value.strip().endswith("Z") and isinstance(moment, datetime):
        text = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    else:
        local = moment.astimezone(zone) if isinstance(moment, datetime) and zone and moment.tzinfo else moment
        text = local.strftime("%Y%m%dT%H%M%S")
    return f"{name or own}{parameters}:{text}{ending}"


def replaced(event: list[str], new: list[str], without: Set[str] = frozenset()) -> list[str]:
    """The event with `new` in the place of its lines of those names, and without some."""
    by_name = {split(line)[0]: line for line in new}
    kept: list[str] = []
    own = set(own_lines(event))
    for number, line in enumerate(event):
        name = split(line)[0] if number in own else ""
        if name not in by_name and name not in without:
            kept.append(line)
    return [kept[0], *by_name.values(), *kept[1:]]


def counted_up(event: list[str]) -> str:
    """Its SEQUENCE line, one higher: other programs take the event for newer."""
    line = line_of(event, "SEQUENCE")
    value = split(line)[2].strip() if line else "0"
    ending = "\r\n" if event[0].endswith("\r\n") else "\n"
    return f"SEQUENCE:{int(value) + 1 if value.isdecimal() else 1}{ending}"
