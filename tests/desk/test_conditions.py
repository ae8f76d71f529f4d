"""Conditions of an owner: what they say of a form, and what is none."""

from __future__ import annotations

import pytest

from edge_agent.desk.conditions import conditions_of, hold

FORM = {"owner": True, "bill": 180, "roof": "Flat", "shade": False, "note": ""}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("owner = yes", True),
        ("owner == no", False),
        ("owner", True),
        ("not shade", True),
        ("shade", False),
        ("bill >= 100 and bill < 200", True),
        ("bill > 180", False),
        ("bill = 180", True),
        ("bill != 180", False),
        ("roof = flat", True),
        ("roof != 'pitched'", True),
        ("roof > 3", False),
        ("note", False),
        ("missing = yes", False),
        ("missing != yes", False),
        ("not missing", True),
    ],
)
def test_a_condition_says_whether_it_holds(text: str, holds: bool) -> None:
    assert hold(conditions_of(text), FORM) is holds


@pytest.mark.parametrize(
    "text", ["", "bill >=", "bill >= many", "__import__('os')", "a or b", "not bill > 3", "3 > bill"]
)
def test_what_is_no_condition_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        conditions_of(text)
