"""`edge-agent when`: the time that words mean, in a sentence or as JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.errors import InputError

NOW = ["--now", "2026-11-29T10:15"]


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")


def printed(*words: str) -> str:
    return CliRunner().invoke(app, ["when", *words], catch_exceptions=False).stdout.strip()


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("tomorrow at noon", "Monday, 30 November 2026, at 12:00."),
        ("easter", "Sunday, 28 March 2027."),
        ("monday to friday", "Monday, 30 November 2026, to Friday, 4 December 2026."),
        ("from 3 to 5 pm", "Sunday, 29 November 2026, at 15:00 to 17:00."),
        ("every other monday", "Monday, 30 November 2026, and again by FREQ=WEEKLY;INTERVAL=2;BYDAY=MO."),
        (
            "tomorrow at three",
            "People mean different things by this: Monday, 30 November 2026, at 15:00, "
            "or Monday, 30 November 2026, at 03:00.",
        ),
    ],
)
def test_it_answers_in_a_sentence(phrase: str, sentence: str) -> None:
    assert printed(phrase, *NOW) == sentence


def test_as_json_it_has_every_candidate() -> None:
    assert json.loads(printed("next week", "--json", *NOW)) == {
        "start": "2026-11-30T00:00:00+01:00",
        "candidates": [
            {
                "start": "2026-11-30T00:00:00+01:00",
                "end": "2026-12-07T00:00:00+01:00",
                "grain": "week",
                "rrule": None,
            }
        ],
        "ask": False,
    }


def test_now_may_be_of_another_zone() -> None:
    assert printed("in an hour", "--now", "2026-11-29T10:15:00Z") == "Sunday, 29 November 2026, at 12:15."


@pytest.mark.parametrize("words", [["banana"], ["tomorrow", "--now", "yesterday"]])
def test_what_is_not_understood_is_an_error(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["when", *words])
    assert isinstance(result.exception, InputError)
    assert "edge-agent when" in str(result.exception)
