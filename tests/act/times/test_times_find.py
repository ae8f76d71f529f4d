"""Times and durations in running text, and what is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.act.times import duration, find, resolve
from edge_agent.act.times.vocabulary import vocabulary_of

NOW = datetime(2026, 11, 29, 10, 15, tzinfo=ZoneInfo("Europe/Berlin"))


def found(text: str) -> list[tuple[str, str]]:
    return [
        (text[each.first : each.last], f"{each.when.candidates[0].start:%d %H:%M}" if each.when else str(each.duration))
        for each in find(text, NOW)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("remind me to call mum tomorrow at five", [("tomorrow at five", "30 17:00")]),
        ("set a timer for ten minutes", [("ten minutes", "0:10:00")]),
        ("remind me in ten minutes to check the oven", [("in ten minutes", "29 10:25")]),
        ("set a 10-minute timer", [("10-minute", "0:10:00")]),
        ("snooze for ten more minutes", [("ten more minutes", "0:10:00")]),
        ("set a twenty second timer", [("twenty second", "0:00:20")]),
        ("set an alarm for seven", [("for seven", "29 19:00")]),
        ("wake me up at 6:45 a.m. every weekday", [("at 6:45 a.m. every weekday", "30 06:45")]),
        ("book a table for four on friday at 7 p.m.", [("on friday at 7 p.m.", "04 19:00")]),
        ("a meeting with Bob from 3 to 4 pm next tuesday.", [("from 3 to 4 pm next tuesday", "01 15:00")]),
        ("remind me on the 4th to pay rent", [("on the 4th", "04 00:00")]),
        ("on the second we meet", [("on the second", "02 00:00")]),
        ("timer for ten no fifteen minutes please", [("ten no fifteen minutes", "0:15:00")]),
        ("remind me at five, sorry, six o'clock to eat", [("at five, sorry, six o'clock", "29 18:00")]),
        ("move it to tuesday no I mean wednesday", [("tuesday no I mean wednesday", "02 00:00")]),
        ("I'd like not the 22nd, the 20th", [("not the 22nd, the 20th", "20 00:00")]),
        ("two timers, 5 minutes and 10 minutes", [("5 minutes", "0:05:00"), ("10 minutes", "0:10:00")]),
        ("this afternoon or tonight?", [("this afternoon", "29 12:00"), ("tonight", "29 18:00")]),
        ("at seven call mum", [("at seven", "29 19:00")]),
        ("may I go in May", [("in May", "01 00:00")]),
        ("We meet on Sat at 5.", [("on Sat at 5", "05 17:00")]),
        ("Do it at 9 p.m. Then stop.", [("at 9 p.m.", "29 21:00")]),
    ],
)
def test_spans(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "give me a second",
        "wait a second",
        "just wait a minute",
        "you may go",
        "the sun is shining and I sat down",
        "they march on and on",
        "the second floor",
        "on the second floor",
        "first of all, no",
        "one day I will",
        "twice a day, sixty miles an hour",
        "it costs five dollars, at five percent",
        "add two eggs and a dozen apples",
        "I have seven cats",
        "fall in love in spring water",
        "turn the volume to ten",
        "",
    ],
)
def test_prose_has_no_times(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("phrase", "seconds"),
    [
        ("an hour and a half", 5400),
        ("ten minutes", 600),
        ("2 and a half hours", 9000),
        ("ninety seconds", 90),
        ("1h 30m", 5400),
        ("half an hour", 1800),
        ("a couple of minutes", 120),
        ("three quarters of an hour", 2700),
        ("one hour thirty", 5400),
        ("an hour, ten minutes and five seconds", 4205),
        ("ten no fifteen minutes", 900),
        ("ten minutes, sorry, fifteen", 900),
        ("1.5 hours", 5400),
        ("10-minute", 600),
        ("for a minute", 60),
        ("two days and three hours", 183600),
        ("a fortnight", 14 * 86400),
        ("a hundred seconds", 100),
        ("thirty second", 30),
    ],
)
def test_durations(phrase: str, seconds: int) -> None:
    assert duration(phrase) == timedelta(seconds=seconds)


@pytest.mark.parametrize("phrase", ["", "five", "tomorrow", "ten apples", "ten minutes ago", "minute"])
def test_no_durations(phrase: str) -> None:
    assert duration(phrase) is None


ENGLISH = vocabulary_of("en")
assert ENGLISH
WORDS = sorted({" ".join(words) for phrases in ENGLISH.phrases.values() for words, _ in phrases})
NUMBERS = [
    "one",
    "two",
    "twenty five",
    "third",
    "31st",
    "7:30",
    "1999",
    "0",
    "99",
    "2026-02-30",
    "9999",
    "99/99",
    "half",
]


@given(st.lists(st.sampled_from(WORDS + NUMBERS + [",", ".", "no", "?", "million"]), max_size=12).map(" ".join))
def test_no_words_raise_and_spans_lie_in_the_text(text: str) -> None:
    _is_sound(text)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    _is_sound(text)


def _is_sound(text: str) -> None:
    spans = find(text, NOW)
    behind = 0
    for each in spans:
        assert behind <= each.first < each.last <= len(text)
        assert (each.when is None) != (each.duration is None)
        behind = each.last
        for when in each.when.candidates if each.when else ():
            assert when.start.tzinfo is NOW.tzinfo
    whole = resolve(text, NOW)
    assert whole is None or whole.candidates
    duration(text)


@pytest.mark.parametrize(
    "again",
    ["a day after ", "an hour after ", "tomorrow at five no ", "10 minutes no ", "the second of ", "july 5 to "],
)
def test_what_is_said_again_and_again_ends(again: str) -> None:
    _is_sound(again * 400)


def test_a_sentence_takes_milliseconds() -> None:
    text = "remind me to call mum tomorrow at five"
    find(text, NOW)
    taken = []
    for _ in range(20):
        begun = perf_counter()
        find(text, NOW)
        taken.append(perf_counter() - begun)
    assert min(taken) < 0.01, "2 ms on two cores; far more means that something is read again and again"
