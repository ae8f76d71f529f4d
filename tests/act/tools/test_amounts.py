"""What was said of numbers and units, in place of what an LLM made of it."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.act.tools.amounts import amounts_as_said

TIMER = {
    "properties": {"amount": {"type": "integer"}, "unit": {"type": "string", "enum": ["seconds", "minutes", "hours"]}}
}
UNITS = ["kilometres", "miles", "kilograms", "pounds"]
CONVERT = {
    "properties": {
        "value": {"type": "number"},
        "from_unit": {"type": "string", "enum": UNITS},
        "to_unit": {"type": "string", "enum": UNITS},
    }
}


@pytest.mark.parametrize(
    ("words", "given", "wanted"),
    [
        ("Start a countdown of two hours.", {"amount": 120, "unit": "hours"}, {"amount": 2, "unit": "hours"}),
        ("Set a timer for ten minutes.", {}, {"amount": 10, "unit": "minutes"}),
        ("Set a timer for ten minutes.", {"amount": 600, "unit": "seconds"}, {"amount": 10, "unit": "minutes"}),
        ("Set a 20 second timer.", {"amount": 20, "unit": "seconds"}, {"amount": 20, "unit": "seconds"}),
        # what is no single amount is left as it is
        ("an hour and a half", {"amount": 90, "unit": "minutes"}, {"amount": 90, "unit": "minutes"}),
        ("1 hour and 30 minutes", {"amount": 90, "unit": "minutes"}, {"amount": 90, "unit": "minutes"}),
        ("two hours and a half", {"amount": 150, "unit": "minutes"}, {"amount": 150, "unit": "minutes"}),
        ("2.5 hours", {"amount": 150, "unit": "minutes"}, {"amount": 150, "unit": "minutes"}),
        ("wake the 3 kings", {"amount": 5, "unit": "minutes"}, {"amount": 5, "unit": "minutes"}),
    ],
)
def test_an_amount_is_the_one_that_was_said(words: str, given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert amounts_as_said(given, TIMER, words) == wanted


def test_where_two_choices_may_have_the_unit_the_one_that_has_it_stays() -> None:
    given = {"value": 50, "from_unit": "miles", "to_unit": "kilometres"}
    assert amounts_as_said(given, CONVERT, "How far is 5 miles in kilometres?") == given | {"value": 5}
    assert amounts_as_said({"value": 7}, CONVERT, "How far is 5 miles in kilometres?") == {"value": 7}
