"""The table of `rest.py`, cell by cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_agent.serve.realtime_protocol.rest import Rest

STATES: dict[str, list[Callable[[Rest], None]]] = {
    "OFF": [],
    "RESTING": [lambda rest: rest.answer_done(1.0)],
    "DISTURBED": [lambda rest: rest.answer_done(1.0), lambda rest: rest.somebody_speaks()],
}
STEPS: dict[str, Callable[[Rest], None]] = {
    "begins": lambda rest: rest.answer_begins(),
    "done": lambda rest: rest.answer_done(2.0),
    "speaks": lambda rest: rest.somebody_speaks(),
    "nothing": lambda rest: rest.it_was_nothing(2.0),
}
TABLE = {
    ("OFF", "begins"): "OFF",
    ("OFF", "done"): "RESTING",
    ("OFF", "speaks"): "OFF",
    ("OFF", "nothing"): "OFF",
    ("RESTING", "begins"): "OFF",
    ("RESTING", "done"): "RESTING",
    ("RESTING", "speaks"): "DISTURBED",
    ("RESTING", "nothing"): "RESTING",
    ("DISTURBED", "begins"): "OFF",
    ("DISTURBED", "done"): "RESTING",
    ("DISTURBED", "speaks"): "OFF",
    ("DISTURBED", "nothing"): "RESTING",
}


def state(rest: Rest) -> tuple[str, float | None]:
    """Its state, and since when it rests, where it does."""
    since = rest.since_s(0.0)
    if since is None:
        rest.it_was_nothing(9.0)
        return ("OFF", None) if rest.since_s(0.0) is None else ("DISTURBED", None)
    return "RESTING", since


@pytest.mark.parametrize(("before", "step"), TABLE)
def test_each_step_leads_where_the_table_says(before: str, step: str) -> None:
    rest = Rest()
    for each in STATES[before]:
        each(rest)
    STEPS[step](rest)
    expected = TABLE[before, step]
    assert state(rest) == (expected, 2.0 if expected == "RESTING" else None)


def test_it_begins_when_the_answer_has_been_heard() -> None:
    rest = Rest()
    rest.answer_done(1.0)
    assert rest.since_s(3.5) == 3.5
