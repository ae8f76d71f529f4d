"""What phrases mean, seen from one moment: a Sunday in Berlin, 2026-11-29 10:15."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from edge_agent.act.times import Context, Resolved, resolve

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 29, 10, 15, tzinfo=BERLIN)


def said(phrase: str, now: datetime = NOW, **context: object) -> Resolved:
    found = resolve(phrase, now, Context(**context))  # type: ignore[arg-type]
    assert found, f"{phrase!r} is not understood"
    return found


def starts(found: Resolved) -> list[str]:
    return [f"{each.start:%Y-%m-%d %H:%M}" for each in found.candidates]


@pytest.mark.parametrize(
    ("phrase", "start"),
    [
        ("in an hour and a half", "2026-11-29 11:45"),
        ("the day after tomorrow at half past seven in the evening", "2026-12-01 19:30"),
        ("a week on friday", "2026-12-11 00:00"),
        ("friday week at noon", "2026-12-11 12:00"),
        ("end of the month", "2026-11-30 00:00"),
        ("end of tomorrow", "2026-11-30 23:59"),
        ("january fifth nineteen eighty-four", "1984-01-05 00:00"),
        ("twenty fifth of december twenty thirty at six p.m.", "2030-12-25 18:00"),
        ("new year's eve at eleven pm", "2026-12-31 23:00"),
        ("easter", "2027-03-28 00:00"),
        ("orthodox easter 2027", "2027-05-02 00:00"),
        ("black friday next year", "2027-11-26 00:00"),
        ("the monday after easter", "2027-03-29 00:00"),
        ("in two weeks on tuesday", "2026-12-08 00:00"),
        ("two months from today on tuesday", "2027-02-02 00:00"),
        ("third tuesday of september 2027", "2027-09-21 00:00"),
        ("last monday in march", "2027-03-29 00:00"),
        ("an hour before midnight", "2026-11-29 23:00"),
        ("half an hour after noon tomorrow", "2026-11-30 12:30"),
        ("this time tomorrow", "2026-11-30 10:15"),
        ("7 a.m.", "2026-11-30 07:00"),
        ("7:30", "2026-11-29 19:30"),
        ("7.30", "2026-11-29 19:30"),
        ("half past 7", "2026-11-29 19:30"),
        ("07:30", "2026-11-30 07:30"),
        ("5 p.m.", "2026-11-29 17:00"),
        ("3 o'clock", "2026-11-29 15:00"),
        ("tonight at one", "2026-11-30 01:00"),
        ("fifteen hundred hours", "2026-11-29 15:00"),
        ("4pm CET", "2026-11-29 16:00"),
        ("nine a.m. eastern time", "2026-11-29 15:00"),
        ("11:20:05", "2026-11-29 11:20"),
        ("two thursdays ago", "2026-11-19 00:00"),
        ("last week's sunday", "2026-11-22 00:00"),
        ("fifteen to noon", "2026-11-29 11:45"),
        ("3ish pm", "2026-11-29 15:00"),
        ("quarter past noon tomorrow", "2026-11-30 12:15"),
        ("oh eight thirty", "2026-11-29 20:30"),
        ("11 o'clock at lunch time", "2026-11-29 11:00"),
        ("st. patrick's day", "2027-03-17 00:00"),
        ("next year on march 3rd", "2027-03-03 00:00"),
        ("june next year", "2027-06-01 00:00"),
        ("next month on the 15th", "2026-12-15 00:00"),
        ("march after next", "2028-03-01 00:00"),
        ("second closest monday to october fifth 2013", "2013-09-30 00:00"),
        ("2026-12-07T15:00", "2026-12-07 15:00"),
        ("within two weeks", "2026-11-29 10:15"),
        ("tomorrow, please", "2026-11-30 00:00"),
    ],
)
def test_the_first_meaning(phrase: str, start: str) -> None:
    assert starts(said(phrase))[0] == start


@pytest.mark.parametrize(
    ("phrase", "start", "end", "grain"),
    [
        ("tomorrow from three to five pm", "2026-11-30 15:00", "2026-11-30 17:00", "minute"),
        ("from 11 to 1 pm on friday", "2026-12-04 11:00", "2026-12-04 13:00", "minute"),
        ("nine to five", "2026-11-30 09:00", "2026-11-30 17:00", "minute"),
        ("from the 3rd to the 7th of march", "2027-03-03 00:00", "2027-03-08 00:00", "day"),
        ("july 13 to 15", "2027-07-13 00:00", "2027-07-16 00:00", "day"),
        ("monday to friday", "2026-11-30 00:00", "2026-12-05 00:00", "day"),
        ("from monday at nine a.m. to wednesday at five pm", "2026-11-30 09:00", "2026-12-02 17:00", "minute"),
        ("next week", "2026-11-30 00:00", "2026-12-07 00:00", "week"),
        ("this weekend", "2026-11-28 00:00", "2026-11-30 00:00", "day"),
        ("in june", "2027-06-01 00:00", "2027-07-01 00:00", "month"),
        ("next quarter", "2027-01-01 00:00", "2027-04-01 00:00", "quarter"),
        ("2028", "2028-01-01 00:00", "2029-01-01 00:00", "year"),
        ("tomorrow morning", "2026-11-30 06:00", "2026-11-30 12:00", "hour"),
        ("the next two days", "2026-11-30 00:00", "2026-12-02 00:00", "day"),
        ("early tomorrow morning", "2026-11-30 06:00", "2026-11-30 09:00", "hour"),
        ("late last night", "2026-11-28 22:00", "2026-11-29 00:00", "hour"),
        ("labor day weekend", "2027-09-04 00:00", "2027-09-06 00:00", "day"),
        ("summer 2027", "2027-06-21 00:00", "2027-09-21 00:00", "day"),
        ("first week of january", "2027-01-04 00:00", "2027-01-11 00:00", "week"),
        ("tomorrow at 3 pm for two hours", "2026-11-30 15:00", "2026-11-30 17:00", "minute"),
    ],
)
def test_a_range_has_an_end(phrase: str, start: str, end: str, grain: str) -> None:
    first = said(phrase).candidates[0]
    assert first.end
    assert (f"{first.start:%Y-%m-%d %H:%M}", f"{first.end:%Y-%m-%d %H:%M}", first.grain) == (start, end, grain)


@pytest.mark.parametrize(
    ("phrase", "start", "rrule"),
    [
        ("every other Monday", "2026-11-30 00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("every weekday at seven a.m.", "2026-11-30 07:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("on mondays and wednesdays", "2026-11-30 00:00", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("mondays at 7 pm", "2026-11-30 19:00", "FREQ=WEEKLY;BYDAY=MO"),
        ("every first monday of the month", "2026-12-07 00:00", "FREQ=MONTHLY;BYDAY=1MO"),
        ("the last friday of every month at noon", "2026-12-25 12:00", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("every 15th of the month", "2026-12-15 00:00", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("every year on december 5th", "2026-12-05 00:00", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=5"),
        ("every two hours", "2026-11-29 12:15", "FREQ=HOURLY;INTERVAL=2"),
        ("every morning at six", "2026-11-30 06:00", "FREQ=DAILY"),
        ("every half hour", "2026-11-29 10:45", "FREQ=MINUTELY;INTERVAL=30"),
        ("every week on tuesday", "2026-12-01 00:00", "FREQ=WEEKLY;BYDAY=TU"),
        ("every month on the 1st", "2026-12-01 00:00", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("every two weeks on fridays", "2026-12-04 00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
        ("daily at noon", "2026-11-29 12:00", "FREQ=DAILY"),
        ("every monday until december 24th", "2026-11-30 00:00", "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261224T225959Z"),
    ],
)
def test_what_repeats_has_a_rule_and_a_first_time(phrase: str, start: str, rrule: str) -> None:
    first = said(phrase).candidates[0]
    assert (f"{first.start:%Y-%m-%d %H:%M}", first.rrule) == (start, rrule)


@pytest.mark.parametrize(
    ("phrase", "now", "candidates"),
    [
        ("next saturday", datetime(2026, 5, 13, 10, tzinfo=BERLIN), ["2026-05-23 00:00", "2026-05-16 00:00"]),
        ("next weekend", datetime(2026, 5, 13, 10, tzinfo=BERLIN), ["2026-05-23 00:00", "2026-05-16 00:00"]),
        ("this monday", datetime(2026, 5, 13, 10, tzinfo=BERLIN), ["2026-05-18 00:00", "2026-05-11 00:00"]),
        ("last friday", datetime(2026, 5, 16, 10, tzinfo=BERLIN), ["2026-05-15 00:00", "2026-05-08 00:00"]),
        ("sunday", NOW, ["2026-12-06 00:00", "2026-11-29 00:00"]),
        ("the 29th", NOW, ["2026-11-29 00:00", "2026-12-29 00:00"]),
        ("tomorrow at three", NOW, ["2026-11-30 15:00", "2026-11-30 03:00"]),
        ("tomorrow at nine", NOW, ["2026-11-30 09:00", "2026-11-30 21:00"]),
        ("friday at midnight", NOW, ["2026-12-05 00:00", "2026-12-04 00:00"]),
        ("every day at nine", NOW, ["2026-11-30 09:00", "2026-11-29 21:00"]),
        ("every second tuesday", NOW, ["2026-12-01 00:00", "2026-12-08 00:00"]),
        ("friday, september 20", NOW, ["2027-09-20 00:00", "2030-09-20 00:00"]),
        ("3/4", NOW, ["2027-03-04 00:00", "2027-04-03 00:00"]),
        ("at four", datetime(2026, 5, 13, 20, tzinfo=BERLIN), ["2026-05-14 04:00", "2026-05-14 16:00"]),
    ],
)
def test_where_people_mean_different_things_it_is_asked(phrase: str, now: datetime, candidates: list[str]) -> None:
    found = said(phrase, now)
    assert starts(found)[:2] == candidates
    assert found.ask


@pytest.mark.parametrize(
    "phrase", ["tomorrow at noon", "next week", "tomorrow", "on friday", "this friday", "at three", "the 4th"]
)
def test_what_is_clear_is_not_asked(phrase: str) -> None:
    assert not said(phrase).ask


def test_the_hours_of_the_context_decide() -> None:
    found = said("tomorrow at three", hours=(9, 17))
    assert (starts(found)[0], found.ask) == ("2026-11-30 15:00", False)
    found = said("tomorrow at nine", hours=(18, 23))
    assert (starts(found)[0], found.ask) == ("2026-11-30 21:00", False)
    assert starts(said("at eleven", hours=(18, 24)))[0] == "2026-11-29 23:00"
    assert said("every weekday at seven", hours=(6, 10)).ask is False


def test_the_past_of_the_context() -> None:
    assert starts(said("on monday", past=True))[0] == "2026-11-23 00:00"
    assert starts(said("christmas", past=True))[0] == "2025-12-25 00:00"
    assert starts(said("march 3rd", past=True))[0] == "2026-03-03 00:00"
    assert starts(said("at nine", past=True))[0] == "2026-11-29 09:00"


def test_the_holidays_of_a_country() -> None:
    assert starts(said("german unity day", country="DE")) == ["2027-10-03 00:00"]
    assert resolve("german unity day", NOW) is None
    assert starts(said("labor day", country="DE"))[0] == "2027-05-01 00:00"
    assert starts(said("labor day", country="US"))[0] == "2027-09-06 00:00"
    assert starts(said("christmas", country="ZZ"))[0] == "2026-12-25 00:00", "an unknown country has the usual ones"
    assert starts(said("3/4", country="GB"))[0] == "2027-04-03 00:00"
    assert starts(said("3/4", country="US"))[0] == "2027-03-04 00:00"


@pytest.mark.parametrize(
    ("phrase", "start"),
    [
        ("at five, sorry, six o'clock", "2026-11-29 18:00"),
        ("tomorrow at five pm no six", "2026-11-30 18:00"),
        ("tuesday no I mean wednesday", "2026-12-02 00:00"),
        ("tuesday at five pm, no, wednesday", "2026-12-02 17:00"),
        ("not the 22nd, the 20th", "2026-12-20 00:00"),
        ("in ten no fifteen minutes", "2026-11-29 10:30"),
        ("the 22nd of may, no wait, the 23rd", "2027-05-23 00:00"),
    ],
)
def test_the_last_value_behind_a_repair_wins(phrase: str, start: str) -> None:
    assert starts(said(phrase))[0] == start


@pytest.mark.parametrize(
    "phrase", ["", "banana", "february 30th", "32nd", "25:00", "13:75", "in 5", "may be", "five past", "0"]
)
def test_what_is_no_time_is_not_understood(phrase: str) -> None:
    assert resolve(phrase, NOW) is None


def test_times_of_day_are_told_from_days() -> None:
    assert said("tomorrow at noon").candidates[0].has_time
    assert said("tomorrow morning").candidates[0].has_time
    assert not said("tomorrow").candidates[0].has_time


def test_german_is_not_there_yet() -> None:
    assert resolve("tomorrow", NOW, language="de") is None


def test_year_ends_and_leap_days() -> None:
    eve = datetime(2027, 12, 31, 23, 59, tzinfo=BERLIN)
    assert starts(said("tomorrow", eve)) == ["2028-01-01 00:00"]
    assert starts(said("in two minutes", eve)) == ["2028-01-01 00:01"]
    assert starts(said("next month", eve)) == ["2028-01-01 00:00"]
    assert starts(said("february 29th", eve))[0] == "2028-02-29 00:00"
    assert starts(said("in a month", datetime(2028, 1, 31, tzinfo=BERLIN))) == ["2028-02-29 00:00"]
    assert starts(said("a year from today", datetime(2028, 2, 29, tzinfo=BERLIN))) == ["2029-02-28 00:00"]
    assert starts(said("december 31st", eve))[0] == "2027-12-31 00:00"
    assert starts(said("the 31st", datetime(2026, 4, 30, 9, tzinfo=BERLIN)))[0] == "2026-05-31 00:00"
