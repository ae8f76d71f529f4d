"""The owner's calendar: every file is read, a change touches its event alone, a series keeps its other days."""

from __future__ import annotations

import difflib
import logging
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge_agent.act.calendar import OWN, Calendar, CalendarEvent
from edge_agent.errors import RecordsError

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

OTHERS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
X-WR-CALNAME:Family
X-ODD;PARAM="a:b;c":kept as it is
BEGIN:VTIMEZONE
TZID:Our Town
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:dentist
SUMMARY:Dentist\\, Dr. Müller
LOCATION:High Street 5
DTSTAMP:20261101T000000Z
DTSTART;TZID=Our Town:20261201T090000
DTEND;TZID=Our Town:20261201T094500
X-COLOUR;SHADE=dark:a very long value that is folded over two lines because it has more
  than seventy-five characters
SEQUENCE:3
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Go
TRIGGER:-PT15M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:standup
SUMMARY:Stand-up
DTSTAMP:20261101T000000Z
DTSTART:20261130T080000Z
DURATION:PT15M
RRULE:FREQ=DAILY;COUNT=10
X-ROOM:blue
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Stand up
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:standup
SUMMARY:Stand-up, late
DTSTAMP:20261101T000000Z
RECURRENCE-ID:20261202T080000Z
DTSTART:20261202T100000Z
DURATION:PT15M
END:VEVENT
BEGIN:VEVENT
UID:holiday
SUMMARY:Ski trip
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261204
DTEND;VALUE=DATE:20261207
END:VEVENT
BEGIN:VEVENT
UID:floating
SUMMARY:Bins
DTSTAMP:20261101T000000Z
DTSTART:20261201T180000
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
UID:off
SUMMARY:Called off
STATUS:CANCELLED
DTSTAMP:20261101T000000Z
DTSTART:20261201T100000Z
END:VEVENT
END:VCALENDAR
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "family.ics").write_text(OTHERS, newline="\r\n")
    return tmp_path


@pytest.fixture
def calendar(folder: Path) -> Calendar:
    return Calendar(folder)


def told(calendar: Calendar, day: str, days: int = 1) -> list[tuple[str, str]]:
    events = calendar.events(at(day), at(day) + days * DAY)
    return [(event.title, f"{event.start:%d %H:%M}-{event.end:%H:%M}") for event in events]


def one(calendar: Calendar, day: str, title: str) -> CalendarEvent:
    return next(event for event in calendar.events(at(day), at(day) + DAY) if event.title == title)


def changed_lines(folder: Path, before: str = OTHERS) -> list[str]:
    """What is new (+) and what is gone (-); the endings of the lines are as they were."""
    content = (folder / "family.ics").read_bytes().decode()
    assert content.count("\n") == content.count("\r\n")
    found = difflib.ndiff(before.splitlines(), content.splitlines())
    return [line.replace("+ ", "+").replace("- ", "-") for line in found if line[0] in "+-"]


def test_what_is_on(calendar: Calendar) -> None:
    assert told(calendar, "2026-12-01") == [
        ("Dentist, Dr. Müller", "01 09:00-09:45"),
        ("Stand-up", "01 09:00-09:15"),
        ("Bins", "01 18:00-18:00"),
    ]
    assert told(calendar, "2026-12-02") == [("Stand-up, late", "02 11:00-11:15")]
    assert told(calendar, "2026-12-05") == [("Ski trip", "04 00:00-00:00"), ("Stand-up", "05 09:00-09:15")]
    assert told(calendar, "2027-03-30") == [("Bins", "30 18:00-18:00")], "a time without a zone is the owner's"
    dentist, skiing = one(calendar, "2026-12-01", "Dentist, Dr. Müller"), one(calendar, "2026-12-06", "Ski trip")
    assert (dentist.location, dentist.repeats, dentist.all_day) == ("High Street 5", False, False)
    assert (skiing.all_day, skiing.end) == (True, at("2026-12-07"))
    assert one(calendar, "2026-12-01", "Stand-up").repeats


def test_there_need_not_be_a_folder_until_something_is_added(tmp_path: Path) -> None:
    calendar = Calendar(tmp_path / "deep" / "calendar")
    assert calendar.events(at("2026-12-01"), at("2026-12-02")) == []
    added = calendar.add("Lunch; with Ann, Bo", at("2026-12-01T12:30"), None)
    assert calendar.events(at("2026-12-01"), at("2026-12-02")) == [added]
    assert (added.title, added.end - added.start, added.file) == ("Lunch; with Ann, Bo", HOUR, OWN)
    assert stat.S_IMODE((tmp_path / "deep" / "calendar" / OWN).stat().st_mode) == 0o600


def test_what_is_added_stands_beside_what_was(calendar: Calendar, folder: Path) -> None:
    first = calendar.add("Lunch", at("2026-12-03T12:30"), at("2026-12-03T14:00"))
    second = calendar.add("Party", at("2026-12-03T00:00"), None, all_day=True)
    third = calendar.add("Swimming", at("2026-12-03T18:00"), None, rrule="FREQ=WEEKLY;BYDAY=TH")
    utc = calendar.add("Call", datetime.fromisoformat("2026-12-03T09:00+05:00"), None)
    assert changed_lines(folder) == []
    found = calendar.events(at("2026-12-03"), at("2026-12-04"))
    assert [event.title for event in found] == ["Party", "Call", "Stand-up", "Lunch", "Swimming"]
    assert [event for event in found if event.file == OWN and event.title != "Call"] == [second, first, third]
    assert utc.start == at("2026-12-03T05:00")
    assert ("Swimming", "15 18:00-19:00") in told(calendar, "2027-07-15"), "18:00 in summer, too"
    assert (folder / OWN).read_text().count("BEGIN:VTIMEZONE") == 1


def test_what_makes_no_sense_is_refused(calendar: Calendar, folder: Path) -> None:
    noon = at("2026-12-03T12:00")
    with pytest.raises(RecordsError, match="title"):
        calendar.add(" ", noon, None)
    with pytest.raises(RecordsError, match="before it begins"):
        calendar.add("x", noon, noon)
    for rule in ("often", "FREQ=SECONDLY", ""):
        with pytest.raises(RecordsError, match="no rule"):
            calendar.add("x", noon, None, rrule=rule)
    assert not (folder / OWN).exists()


def test_an_event_is_moved_and_keeps_all_else(calendar: Calendar, folder: Path) -> None:
    dentist = one(calendar, "2026-12-01", "Dentist, Dr. Müller")
    moved = calendar.move(dentist, at("2026-12-03T10:30"))
    assert changed_lines(folder) == [
        "+DTSTART;TZID=Our Town:20261203T103000",
        "+DTEND;TZID=Our Town:20261203T111500",
        "+SEQUENCE:4",
        "-DTSTART;TZID=Our Town:20261201T090000",
        "-DTEND;TZID=Our Town:20261201T094500",
        "-SEQUENCE:3",
    ]
    assert one(calendar, "2026-12-03", dentist.title) == moved
    assert calendar.move(moved, at("2026-12-04T08:00")).end == at("2026-12-04T08:45")


def test_whole_days_are_moved_by_days(calendar: Calendar, folder: Path) -> None:
    moved = calendar.move(one(calendar, "2026-12-05", "Ski trip"), at("2027-03-27T15:00"))
    assert (moved.start, moved.end) == (at("2027-03-27"), at("2027-03-30"))
    assert one(calendar, "2027-03-29", "Ski trip") == moved
    assert "+DTEND;VALUE=DATE:20270330" in changed_lines(folder)


def test_of_a_series_one_day_is_moved(calendar: Calendar, folder: Path) -> None:
    before = told(calendar, "2026-11-30", 14)
    event = one(calendar, "2026-12-01", "Stand-up")
    moved = calendar.move(event, at("2026-12-01T16:00"))
    assert sorted(changed_lines(folder)) == sorted(
        [
            "+BEGIN:VEVENT",
            "+DTSTART:20261201T150000Z",
            "+SEQUENCE:1",
            "+RECURRENCE-ID:20261201T080000Z",
            "+UID:standup",
            "+SUMMARY:Stand-up",
            "+DTSTAMP:20261101T000000Z",
            "+DURATION:PT15M",
            "+X-ROOM:blue",
            "+BEGIN:VALARM",
            "+ACTION:DISPLAY",
            "+DESCRIPTION:Stand up",
            "+TRIGGER:-PT5M",
            "+END:VALARM",
            "+END:VEVENT",
        ]
    )
    after = told(calendar, "2026-11-30", 14)
    assert sorted(set(before) ^ set(after)) == [("Stand-up", "01 09:00-09:15"), ("Stand-up", "01 16:00-16:15")]
    again = calendar.move(moved, at("2026-12-02T07:00"))
    assert one(calendar, "2026-12-02", "Stand-up") == again
    assert len(told(calendar, "2026-11-30", 14)) == len(before)


def test_of_a_series_one_day_is_deleted(calendar: Calendar, folder: Path) -> None:
    before = told(calendar, "2026-11-30", 14)
    calendar.delete(one(calendar, "2026-12-01", "Stand-up"))
    assert changed_lines(folder) == ["+EXDATE:20261201T080000Z", "+SEQUENCE:1"]
    assert set(before) - set(told(calendar, "2026-11-30", 14)) == {("Stand-up", "01 09:00-09:15")}


def test_a_day_that_was_moved_is_deleted_for_good(calendar: Calendar) -> None:
    before = told(calendar, "2026-11-30", 14)
    calendar.delete(one(calendar, "2026-12-02", "Stand-up, late"))
    assert set(before) ^ set(told(calendar, "2026-11-30", 14)) == {("Stand-up, late", "02 11:00-11:15")}


def test_series_without_a_zone_and_in_summer(calendar: Calendar, folder: Path) -> None:
    calendar.move(one(calendar, "2027-03-30", "Bins"), at("2027-03-31T07:00"))
    calendar.delete(one(calendar, "2027-04-06", "Bins"))
    lines = changed_lines(folder)
    assert {"+RECURRENCE-ID:20270330T180000", "+DTSTART:20270331T070000", "+EXDATE:20270406T180000"} <= set(lines)
    assert [told(calendar, f"2027-{day}") for day in ("03-30", "03-31", "04-06", "04-13")] == [
        [], [("Bins", "31 07:00-07:00")], [], [("Bins", "13 18:00-18:00")],
    ]  # fmt: skip


def test_an_event_is_deleted(calendar: Calendar, folder: Path) -> None:
    dentist = one(calendar, "2026-12-01", "Dentist, Dr. Müller")
    calendar.delete(dentist)
    gone = changed_lines(folder)
    assert (gone[0], gone[-1], len(gone)) == ("-BEGIN:VEVENT", "-END:VEVENT", 16)
    for again in (lambda: calendar.delete(dentist), lambda: calendar.move(dentist, at("2026-12-02"))):
        with pytest.raises(RecordsError, match=r"not in family.ics any more"):
            again()
    (folder / "family.ics").unlink()
    with pytest.raises(RecordsError, match="any more"):
        calendar.delete(dentist)


def test_what_another_program_has_written_meanwhile_is_seen(calendar: Calendar, folder: Path) -> None:
    dentist = one(calendar, "2026-12-01", "Dentist, Dr. Müller")
    text = OTHERS.replace("High Street 5", "Low Street 9").replace("X-ROOM:blue", "X-ROOM:green")
    (folder / "family.ics").write_text(text, newline="\r\n")
    assert one(calendar, "2026-12-01", dentist.title).location == "Low Street 9"
    calendar.move(dentist, at("2026-12-03T10:30"))
    assert all("Street" not in line and "ROOM" not in line for line in changed_lines(folder, text))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUM", b"nothing of the kind", b"END:VEVENT\n"],
)
def test_a_damaged_file_is_said_once_and_the_others_are_read(
    calendar: Calendar, folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "broken.ics").write_bytes(content)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert len(told(calendar, "2026-12-01")) == 3
    assert [record.getMessage().count("broken.ics") for record in caplog.records] == [1]
    (folder / OWN).write_bytes(content)
    with pytest.raises(RecordsError, match="damaged, and is not changed") as raised:
        calendar.add("Lunch", at("2026-12-01T12:00"), None)
    assert raised.value.fix
    assert (folder / OWN).read_bytes() == content


def test_an_event_that_makes_no_sense_costs_itself_alone(calendar: Calendar, folder: Path) -> None:
    bad = "BEGIN:VEVENT\nUID:bad\nSUMMARY:Bad\nDTSTART:yesterday\nRRULE:FREQ=OFTEN\nEND:VEVENT\nEND:VCALENDAR\n"
    (folder / "family.ics").write_text(OTHERS.replace("END:VCALENDAR\n", bad), newline="\r\n")
    assert len(told(calendar, "2026-12-01")) == 3
    calendar.delete(one(calendar, "2026-12-01", "Dentist, Dr. Müller"))
    assert "DTSTART:yesterday" in (folder / "family.ics").read_text(), "and is left as it is"


def test_what_repeats_each_minute_is_left_out(
    calendar: Calendar, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = "BEGIN:VEVENT\nUID:bad\nSUMMARY:Bad\nDTSTART:20200101T000000Z\nRRULE:FREQ={}\nEND:VEVENT\nEND:VCALENDAR\n"
    for number, often in enumerate(("MINUTELY", "SECONDLY"), 1):
        text = OTHERS.replace("END:VCALENDAR\n", bad.format(often))
        (folder / "family.ics").write_text(text, newline="\r\n")
        for _ in range(2):
            assert len(told(calendar, "2026-12-01")) == 3
        assert caplog.text.count("each minute or second") == number
        calendar.delete(one(calendar, "2026-12-01", "Stand-up"))
        assert changed_lines(folder, text) == ["+EXDATE:20261201T080000Z", "+SEQUENCE:1"]


def test_several_calendars_in_a_file(calendar: Calendar, folder: Path) -> None:
    more = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:m\nSUMMARY:More\nDTSTART:20261201T200000Z\nEND:VEVENT\n"
    text = OTHERS + more + "END:VCALENDAR\n"
    (folder / "family.ics").write_text(text, newline="\r\n")
    calendar.move(one(calendar, "2026-12-01", "More"), at("2026-12-02T20:00"))
    assert [line for line in changed_lines(folder, text) if "DTSTART" in line] == [
        "+DTSTART:20261202T190000Z", "-DTSTART:20261201T200000Z",
    ]  # fmt: skip


def test_a_disk_that_refuses_leaves_what_was_there(
    calendar: Calendar, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    event = one(calendar, "2026-12-01", "Stand-up")
    monkeypatch.setattr("os.fsync", full)
    for change in (lambda: calendar.delete(event), lambda: calendar.add("Lunch", at("2026-12-01T12:00"), None)):
        with pytest.raises(RecordsError, match=r"not changed: .*No space left"):
            change()
    assert changed_lines(folder) == []
    assert sorted(each.name for each in folder.iterdir()) == ["family.ics"]


def test_a_file_keeps_its_mode_and_a_link_stays_one(calendar: Calendar, folder: Path, tmp_path_factory: Any) -> None:
    real = tmp_path_factory.mktemp("real") / "family.ics"
    (folder / "family.ics").rename(real)
    real.chmod(0o640)
    (folder / "family.ics").symlink_to(real)
    calendar.delete(one(calendar, "2026-12-01", "Stand-up"))
    assert (folder / "family.ics").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert "EXDATE" in real.read_text()
