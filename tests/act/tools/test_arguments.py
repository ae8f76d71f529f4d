"""The arguments of a call, as the user's words have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from edge_agent.act.tools.arguments import as_said

TEXT: dict[str, Any] = {"type": "string"}
WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": TEXT,
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer"},
        "hourly": {"type": "boolean", "description": "Whether each hour is told."},
        "at": {"type": "string", "description": "ISO 8601."},
        "detail": {"type": "boolean"},
        "skipInactive": {"type": "boolean"},
    },
    "required": ["city"],
}
EVENT: dict[str, Any] = {
    "properties": {
        "id": TEXT,
        "start": TEXT,
        "lon": {"type": "number"},
        "user_id": {"type": "integer"},
        "percent": {"type": "integer", "minimum": 0, "maximum": 100},
    },
    "required": ["id", "start", "lon", "user_id", "percent"],
}


def mended(words: str, parameters: dict[str, Any], given: dict[str, Any], **more: str) -> dict[str, Any]:
    more = {"about": "forecast The weather of a city", "known": words, **more}
    return as_said(given, parameters, said=words, now=lambda: datetime(2026, 11, 30, 9, tzinfo=UTC), **more)[0]


def is_said(words: str, parameters: dict[str, Any], given: dict[str, Any], **more: str) -> bool:
    return as_said(given, parameters, **{"about": "", "said": words, "known": words, **more})[1]


@pytest.mark.parametrize(
    ("words", "more", "left"),
    [
        ("What is the weather in Paris?", {"unit": "celsius"}, {}),
        ("What is the weather in Paris in Celsius?", {"unit": "celsius"}, {"unit": "celsius"}),
        ("What is the weather in Paris in Celsius?", {"unit": "fahrenheit"}, {"unit": "celsius"}),
        ("What is the weather in Paris?", {"days": 7, "hourly": False, "at": "2023-04-12T14:00"}, {}),
        ("What is the weather in Paris for the next week?", {"days": 7}, {"days": 7}),
        ("What is the weather in Paris for three days?", {"days": 3}, {"days": 3}),
        ("What is the weather in Paris, hour by hour?", {"hourly": True}, {"hourly": True}),
        ("What is the weather in Paris in detail?", {"detail": True}, {"detail": True}),
        ("What is the weather in Paris now?", {"detail": True, "skipInactive": True}, {}),
        ("What is the weather of the active stations?", {"skipInactive": True}, {"skipInactive": True}),
        ("What is the weather in Paris tomorrow?", {"at": "2026-12-01"}, {"at": "2026-12-01"}),
    ],
)
def test_what_need_not_be_given_and_was_not_said_is_left_out(
    words: str, more: dict[str, Any], left: dict[str, Any]
) -> None:
    assert mended(words, WEATHER, {"city": "Paris", **more}) == {"city": "Paris", **left}


def test_what_was_said_before_counts_as_said() -> None:
    given = {"city": "Rome", "unit": "celsius"}
    words = {"about": "", "said": "And what about the weather in Rome?", "known": "Always use Celsius."}
    assert as_said(given, WEATHER, **words) == (given, True)


@pytest.mark.parametrize("language", ["de", "auto"])
def test_of_words_in_a_language_that_is_not_known_nothing_is_left_out(language: str) -> None:
    given = {"city": "Paris", "unit": "celsius"}
    assert mended("Wie ist das Wetter in Paris in Grad?", WEATHER, given, language=language) == given
    assert is_said("Wie ist das Wetter bei uns?", WEATHER, given, language=language)


def test_german_words_beside_an_english_agent_are_not_taken_for_english() -> None:
    given = {"city": "Paris", "unit": "celsius"}
    assert is_said("Wie warm ist es an der See in Kiel?", WEATHER, given)


def test_an_abbreviation_or_an_explained_number_is_known_from_what_it_stands_for() -> None:
    parameters = {
        "properties": {
            "place": TEXT,
            "order": {"type": "string", "enum": ["asc", "desc"]},
            "state": TEXT,
            "province": {"type": "integer", "description": "For example, '1' for Bangkok, '2' for Chiang Mai."},
        },
        "required": ["place"],
    }
    given = {"place": "hotels", "order": "desc", "state": "NY", "province": 1}
    said = "Show me the hotels of Bangkok and of New York in descending order."
    assert mended(said, parameters, given) == given
    assert mended("Show me all of the hotels that are in Kent.", parameters, given) == {"place": "hotels"}


def test_kinds_of_things_stay_as_without_them_it_would_be_all_kinds() -> None:
    parameters = {"properties": {"area": TEXT, "domain": {"type": "array", "items": {"enum": ["cover", "light"]}}}}
    given = {"area": "kitchen", "domain": ["cover"]}
    assert mended("Close what there is in the kitchen.", parameters, given) == given


def test_where_nothing_is_required_what_is_needed_is_not_told() -> None:
    lamp = {"properties": {"on": {"type": "boolean"}, "color": TEXT, "mode": {"enum": ["eco", "heat"]}}}
    assert mended("Please switch the lamp off.", lamp, {"on": False, "color": "red"}) == {"on": False}
    assert mended("Please make it warmer than this.", lamp, {"mode": "heat", "color": "red"}) == {"mode": "heat"}


def test_a_text_in_quotes_is_taken_whole() -> None:
    parameters = {"properties": {"queries": {"type": "array", "items": TEXT}, "title": TEXT}, "required": ["title"]}
    given = {"queries": ["ATM location"], "title": "Untitled"}
    said = "The customer asks 'Need ATM location'. File the query as \"Money\"."
    assert mended(said, parameters, given) == {"queries": ["Need ATM location"], "title": "Money"}
    assert mended("Rename it to 'Up' or 'Down', you choose.", parameters, {"title": "Fine"}) == {"title": "Fine"}


@pytest.mark.parametrize(
    ("words", "start", "wanted"),
    [
        ("Move it to the 1st of November 2023 at 8pm.", "2023-11-01T18:00:00", "2023-11-01T20:00:00"),
        ("Move it to the 1st of November 2023, 5 in the afternoon.", "01/11/2023 15:00", "01/11/2023 17:00"),
        ("Move it to half past three pm.", "15:00", "15:30"),
        ("Move 'Bob-123' to November 1, 2023 at 4pm.", "2023-11-01T14:00:00", "2023-11-01T16:00:00"),
        ("Move med123 to Monday.", "2023-04-15", "2026-12-07"),
        ("It is between 8 pm and 9 pm.", "18:00", "18:00"),
        ("It is at 8 pm.", "7:00 pm", "7:00 pm"),
        ("Move it to 9 pm on May 2nd 2023.", "2023-05-02T19:00:00Z", "2023-05-02T21:00:00"),  # nobody named a zone
        ("Move it to 9 pm UTC on May 2nd 2023.", "2023-05-02T19:00:00Z", "2023-05-02T21:00:00Z"),
        ("Move it to tomorrow.", "2023-04-15", "2026-12-01"),
        ("Move it to next Friday at 8 pm.", "2023-04-15T18:00:00", "2026-12-11T20:00:00"),
        ("Move it to the 15th of April 2021.", "2021-04-16", "2021-04-15"),
        ("Move it from Monday to Friday.", "2023-04-15", "2023-04-15"),
        ("Move it to next month.", "2023-04-15", "2023-04-15"),
        ("Move it to tomorrow.", "15/04/2023", "15/04/2023"),
    ],
)
def test_a_day_and_a_time_of_day_are_those_that_were_said(words: str, start: str, wanted: str) -> None:
    assert mended(words, EVENT, {"start": start})["start"] == wanted


def test_a_time_that_was_said_once_is_not_two() -> None:
    parameters = {"properties": {"leave": TEXT, "back": TEXT, "price": TEXT}, "required": ["leave"]}
    given = {"leave": "2026-12-01", "back": "2026-12-08"}
    assert mended("Get me a flight that leaves tomorrow.", parameters, given) == {"leave": "2026-12-01"}
    assert mended("Get me a flight for the time from tomorrow to the 8th.", parameters, given) == given


@pytest.mark.parametrize(
    ("words", "given", "wanted"),
    [
        ("It is at 37.8651 N, 119.5383 W.", 119.5383, -119.5383),
        ("It is at minus 119.5 by the map.", 119.5, -119.5),
        ("It is at lon=-119.5 by the map.", 119.5, -119.5),
        ("It is at 119.5 E.", 119.5, 119.5),
        ("It is between 5 and 119-125 or so.", 125, 125),
    ],
)
def test_a_number_has_the_sign_that_was_said(words: str, given: float, wanted: float) -> None:
    assert mended(words, EVENT, {"lon": given})["lon"] == wanted


@pytest.mark.parametrize(
    ("words", "given", "wanted"),
    [
        ("Turn the sound down to ten percent.", 100, 10),
        ("Turn it from ten up to a hundred percent.", 100, 100),
        ("Turn it to 1.5 percent.", 15, 15),
        ("Turn it to ten percent.", 0, 0),
    ],
)
def test_a_nought_too_many_is_taken_away_where_one_number_was_said(words: str, given: int, wanted: int) -> None:
    assert mended(words, EVENT, {"percent": given})["percent"] == wanted


@pytest.mark.parametrize(
    ("member", "wanted"),
    [
        ({"type": "number", "description": "The discount rate."}, 0.05),
        ({"type": "number", "description": "The discount rate in percent."}, 5),
        ({"type": "number", "description": "The discount rate.", "maximum": 100}, 5),
        ({"type": "integer", "description": "The discount rate."}, 5),
        ({"type": "number", "description": "How bright."}, 5),
    ],
)
def test_percent_are_hundredths_where_a_share_is_asked_for(member: dict[str, Any], wanted: float) -> None:
    parameters = {"properties": {"x": member}, "required": ["x"]}
    assert mended("What is it worth at 5% in a year?", parameters, {"x": 5}) == {"x": wanted}
    assert mended("What is it worth at 5 in a year?", parameters, {"x": 5}) == {"x": 5}


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        ("What is the weather like?", {"city": "San Francisco, CA"}, False),
        ("What is the weather in San Francisco?", {"city": "San Francisco, CA"}, True),
        ("What is the weather in San Fransisco?", {"city": "San Francisco"}, True),
        ("Tell me who I am and what I do.", {"city": "John Doe"}, False),
        ("Send the news to my mom.", {"city": "mom@example.com"}, False),
        ("Get me the page of the weather.", {"city": "https://api.example.com/weather"}, False),
        ("Get me the page of weather.org.", {"city": "https://weather.org/today"}, True),
        ("It is the one that I fly to.", {"city": "LHR"}, True),  # a code may be known
        ("Make it the way that it was.", {"city": "on"}, True),
    ],
)
def test_what_must_be_given_and_was_not_said_is_known(words: str, given: dict[str, Any], said: bool) -> None:
    assert is_said(words, WEATHER, given) is said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("user_id", 7890, True), ("user_id", 3, False), ("lon", 1, True), ("lon", 50, False), ("percent", 80, True)],
)
def test_numbers_have_to_be_said_unless_they_are_choices(name: str, value: int, said: bool) -> None:
    words = "Can you get the details of 7890, please?"
    assert is_said(words, EVENT | {"required": [name]}, {name: value}) is said


@pytest.mark.parametrize("parameters", [{}, {"properties": 3}, {"properties": {"city": True}, "required": ["city"]}])
def test_a_schema_may_be_whatever_a_client_sent(parameters: dict[str, Any]) -> None:
    assert mended("What is the weather like?", parameters, {"city": "Rome"}) == {"city": "Rome"}


@pytest.mark.parametrize(
    "words", ["9" * 5_000, "'a b" * 50_000, "-5 " * 50_000, "one hundred and " * 20_000, "\x00é🙂" * 9]
)
def test_whatever_was_said_arguments_come_in_time(words: str) -> None:
    given = {"id": "9" * 3_000, "start": "'" * 3_000, "lon": 1e300}
    assert mended(words, EVENT, given, known="") == given
