"""Mirror: what is booked as a calendar file, `bookings.ics`, for the owner's programs; written whole after each change.

SQLite is the truth. The file is never read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.desk.booking.ledger import Booking
from edge_agent.errors import RecordsError
from edge_agent.state import write_whole

NAME = "bookings.ics"
PRODUCT = "-//edge-agent//desk//EN"
_FOLD = 74
"""Octets of a line but its break (RFC 5545, 3.1)."""


def mirror(folder: Path, bookings: Iterable[Booking], remind: timedelta | None, now: datetime) -> None:
    """Write the file. Raises RecordsError: what is booked stays booked."""
    text = document([(booking, f"desk-{booking.id}@edge-agent") for booking in bookings], remind, now)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / NAME, text)
    except OSError as error:
        raise RecordsError(f"{folder / NAME} cannot be written ({error.strerror}).") from error


def document(bookings: Iterable[tuple[Booking, str]], remind: timedelta | None, now: datetime) -> str:
    """Appointments, each with its UID, as an iCalendar object."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}"]
    for booking, uid in bookings:
        lines += _event(booking, uid, remind, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(booking: Booking, uid: str, remind: timedelta | None, now: datetime) -> Iterator[str]:
    what = booking.service or "Appointment"
    told = [
        *((booking.phone,) if booking.phone else ()),
        *(f"{name}: {value}" for name, value in booking.details.items()),
    ]
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"SEQUENCE:{booking.version}"
    yield f"DTSTART:{_utc(booking.start)}"
    yield f"DTEND:{_utc(booking.end)}"
    yield f"SUMMARY:{_escaped(f'{what}: {booking.name}' if booking.name else what)}"
    if told:
        yield f"DESCRIPTION:{_escaped(chr(10).join(told))}"
    if booking.staff:
        yield f"LOCATION:{_escaped(booking.staff)}"
    if remind:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_escaped(what)}"
        yield f"TRIGGER:-PT{int(remind.total_seconds() // 60)}M"
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line, broken so that no character is cut."""
    rows, row = [], ""
    for character in line:
        if len((row + character).encode()) > _FOLD:
            rows.append(row)
            row = ""
        row += character
    return "\r\n ".join([*rows, row])
