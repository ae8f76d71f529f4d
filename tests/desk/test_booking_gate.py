"""The gate: two lines at once, a retry, a clock that is set back, other events, a time that nobody offered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from edge_agent.desk.booking.ledger import BookingLedger, TimeGone
from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.file import Service
from tests.desk.dentist import DENTIST, LONDON, MONDAY, booked, desk, dialogue

AT_THREE = datetime(2026, 3, 5, 15, tzinfo=LONDON)
TO_THE_YES = ("I'd like a check-up with Dr Okafor on Thursday at 3 pm", "Anna Smith", "07700 900123")


def free(start: datetime = AT_THREE, minutes: int = 30, staff: str = "Dr Okafor") -> FreeTime:
    return FreeTime(start, start + timedelta(minutes=minutes), staff)


def test_two_lines_say_yes_at_once_and_one_gets_it(tmp_path: Path) -> None:
    state, both = tmp_path / "state", Barrier(2)
    calls = [desk(tmp_path, state=state) for _ in range(2)]
    for call in calls:
        assert "Shall I book it?" in dialogue(call, *TO_THE_YES)[-1]

    def agree(number: int) -> list[str]:
        both.wait()
        return [str(effect["type"]) for effect in calls[number].hear("yes").effects]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(agree, range(2)))
    assert sorted(found) == [[], ["booked"]]
    assert booked(calls[0]) == [("Thu 05 15:00", "check-up", "Anna Smith")]
    loser = calls[found.index([])]
    assert loser.conversation.said.startswith("I'm sorry, that time has just gone.")
    assert loser.conversation.offers


def test_many_connections_and_one_time(tmp_path: Path) -> None:
    def book(number: int) -> bool:
        ledger = BookingLedger(tmp_path, LONDON)
        try:
            ledger.book((f"call {number}", "p1"), free(), Service("check-up", 30), {}, lambda: True, MONDAY)
        except TimeGone:
            return False
        finally:
            ledger.close()
        return True

    BookingLedger(tmp_path, LONDON).close()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(book, range(24))) == 1
    assert len(BookingLedger(tmp_path, LONDON).bookings()) == 1


def test_a_retry_books_nothing_again(tmp_path: Path) -> None:
    ledger = BookingLedger(tmp_path, LONDON)
    first = ledger.book(("call", "p1"), free(), Service("check-up", 30), {"name": "A"}, lambda: True, MONDAY)
    again = ledger.book(("call", "p1"), free(), Service("check-up", 30), {"name": "A"}, lambda: False, MONDAY)
    assert again == first
    assert len(ledger.bookings()) == 1


def test_what_is_not_free_any_more_is_not_written(tmp_path: Path) -> None:
    ledger = BookingLedger(tmp_path, LONDON)
    with pytest.raises(TimeGone):
        ledger.book(("call", "p1"), free(), Service("check-up", 30), {}, lambda: False, MONDAY)
    assert ledger.bookings() == []
    ledger.book(("call", "p1"), free(), Service("check-up", 30), {}, lambda: True, MONDAY)
    assert len(ledger.bookings()) == 1


@pytest.mark.parametrize(("minutes", "fits"), [(-30, True), (-15, False), (15, False), (30, True), (45, True)])
def test_appointments_do_not_overlap(tmp_path: Path, minutes: int, fits: bool) -> None:
    ledger = BookingLedger(tmp_path, LONDON)
    ledger.book(("one", "p1"), free(), Service("check-up", 30), {}, lambda: True, MONDAY)
    other = free(AT_THREE + timedelta(minutes=minutes))
    try:
        ledger.book(("two", "p1"), other, Service("check-up", 30), {}, lambda: True, MONDAY)
    except TimeGone:
        assert not fits
    else:
        assert fits


def test_a_buffer_is_kept_free(tmp_path: Path) -> None:
    call = desk(tmp_path)
    filling = Service("filling", 45, after=15)
    call.ledger.book(("one", "p1"), free(minutes=45), filling, {}, lambda: True, MONDAY)
    starts = {each.start for each in call.premises().openings.on(AT_THREE.date(), call.agent.service("filling"))}
    assert AT_THREE + timedelta(minutes=45) not in starts
    assert AT_THREE + timedelta(minutes=60) in starts
    assert AT_THREE - timedelta(minutes=60) in starts
    assert AT_THREE - timedelta(minutes=45) not in starts


def test_moving_frees_the_old_time_and_may_overlap_it(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES, "yes", "move my appointment to quarter past three on Thursday", "yes")
    assert booked(call) == [("Thu 05 15:15", "check-up", "Anna Smith")]
    assert (
        call.ledger.taken("Dr Okafor", int(AT_THREE.timestamp() // 300), int(AT_THREE.timestamp() // 300) + 1) is False
    )


EVENTS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:weekly
DTSTART;TZID=Europe/London:20260226T150000
DTEND;TZID=Europe/London:20260226T160000
RRULE:FREQ=WEEKLY
SUMMARY:Rounds
END:VEVENT
BEGIN:VEVENT
UID:day
DTSTART;VALUE=DATE:20260306
DTEND;VALUE=DATE:20260307
SUMMARY:Away
END:VEVENT
BEGIN:VEVENT
UID:far
DTSTART;TZID=America/New_York:20260305T110000
DTEND;TZID=America/New_York:20260305T120000
SUMMARY:Call
END:VEVENT
END:VCALENDAR
"""


def test_other_events_of_that_member_of_staff_are_busy(tmp_path: Path) -> None:
    (tmp_path / "okafor.ics").write_text(EVENTS.replace("\n", "\r\n"))
    call = desk(tmp_path)
    openings, filling = call.premises().openings, call.agent.service("filling")
    starts = {f"{each.start:%H:%M}" for each in openings.on(AT_THREE.date(), filling)}
    assert "14:00" in starts
    assert {"14:15", "15:00", "15:45", "16:00", "16:45"} & starts == set()
    assert openings.on(datetime(2026, 3, 6).date(), filling) == []
    assert openings.at(AT_THREE, call.agent.service("check-up"), "Dr Lindqvist") is not None


def test_what_is_in_any_other_file_is_busy_for_all(tmp_path: Path) -> None:
    (tmp_path / "closed.ics").write_text(EVENTS.replace("\n", "\r\n"))
    call = desk(tmp_path)
    assert call.premises().openings.on(datetime(2026, 3, 6).date(), call.agent.service("check-up")) == []


def test_nights_of_23_and_25_hours(tmp_path: Path) -> None:
    spring = desk(tmp_path, now=datetime(2026, 3, 27, 9, tzinfo=LONDON))
    found = [each.start for each in spring.premises().openings.on(datetime(2026, 3, 29).date(), Service("", 30))]
    assert {start.hour for start in found} == {0, 2, 3}  # from one to two there is no hour
    assert all(start.astimezone(UTC).astimezone(LONDON) == start for start in found)
    autumn = desk(tmp_path, now=datetime(2026, 10, 23, 9, tzinfo=LONDON))
    starts = [
        each.start.astimezone(UTC)
        for each in autumn.premises().openings.on(datetime(2026, 10, 25).date(), Service("", 30))
    ]
    assert len(starts) == len(set(starts))


def test_notice_and_horizon(tmp_path: Path) -> None:
    call = desk(tmp_path)
    starts = [each.start for each in call.premises().openings.on(MONDAY.date(), call.agent.service("check-up"))]
    assert starts[0] == MONDAY + timedelta(hours=2)
    assert call.premises().openings.on((MONDAY + timedelta(days=93)).date(), call.agent.service("check-up")) == []


def test_holidays_of_the_country(tmp_path: Path) -> None:
    text = DENTIST.replace("[hours]", "[hours]\nholidays = true")
    call = desk(tmp_path, text)
    assert call.premises().openings.is_closed(datetime(2026, 4, 3).date())  # Good Friday


def test_booked_is_said_behind_the_commit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)

    def refuse(*_: object) -> None:
        raise TimeGone("gone")

    monkeypatch.setattr(call.ledger, "book", refuse)
    reply = call.hear("yes")
    assert reply.effects == ()
    assert "booked" not in reply.said


def test_a_plan_that_is_taken_back_leaves_nothing(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    before = call.conversation
    assert call.plan("yes").write is not None
    assert call.plan("no, Friday at nine").after != before
    assert call.conversation == before
    assert booked(call) == []


def test_the_mirror_is_a_calendar_with_an_alarm(tmp_path: Path) -> None:
    from icalendar import Calendar

    state = tmp_path / "state"
    call = desk(tmp_path, state=state)
    dialogue(call, *TO_THE_YES, "yes")
    (event,) = Calendar.from_ical((state / "bookings.ics").read_bytes()).walk("VEVENT")
    assert str(event["SUMMARY"]) == "check-up: Anna Smith"
    assert event["DTSTART"].dt == AT_THREE
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [-timedelta(days=1)]
    assert (state / "bookings.ics").stat().st_mode & 0o777 == 0o600
    assert (state / "desk.sqlite").stat().st_mode & 0o777 == 0o600


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    ledger = BookingLedger(None, LONDON, timedelta(days=30))
    ledger.book(("call", "p1"), free(), Service("check-up", 30), {}, lambda: True, MONDAY)
    ledger.sweep(MONDAY + timedelta(days=20))
    assert len(ledger.bookings()) == 1
    ledger.sweep(MONDAY + timedelta(days=40))
    assert ledger.bookings() == []


def test_times_instead_of_hours(tmp_path: Path) -> None:
    text = 'kind = "receptionist"\n[business]\nname = "A"\ntimezone = "Europe/London"\n'
    text += '[booking]\nslots = ["2026-03-05T10:00", "2026-03-05T15:00"]\nask = ["when", "name"]\n'
    call = desk(tmp_path, text)
    said = dialogue(call, "can I have an appointment on Thursday at 11?", "then at three", "Anna", "yes")
    assert "I have Thursday, March 5 at 10 AM, or 3 PM." in said[0]
    assert booked(call) == [("Thu 05 15:00", "", "Anna")]
    assert replace(free(staff="")).start == AT_THREE
