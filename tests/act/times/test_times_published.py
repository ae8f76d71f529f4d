"""The published set of spoken times, and how it is scored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.rigs.bench.times import is_right, read, score

SET = Path(__file__).parents[2] / "data" / "times" / "spoken.jsonl"


def test_of_the_published_set_95_in_100_are_right() -> None:
    result = score(read(SET))
    assert result.total >= 60
    assert result.right >= 0.95 * result.total, result.failures
    assert result.silently_wrong <= 0.03 * result.total, result.failures


@pytest.mark.parametrize(
    ("accepted", "right"),
    [
        ("2026-12-24", True),
        ("2026-12-24 09:30", True),
        ("2026-12-24T09:30:00", True),
        ("09:30:00", True),
        ("21:30:00", False),
        ("2026-12-24 09:31", False),
        ("2026-12-25", False),
    ],
)
def test_a_start_is_compared_as_finely_as_it_is_written(accepted: str, right: bool) -> None:
    assert is_right(datetime(2026, 12, 24, 9, 30), [accepted]) == right


def test_what_is_wrong_is_told_from_what_is_asked_and_from_what_is_not_understood() -> None:
    now = "2026-05-13T10:20:00"
    result = score(
        [
            {"phrase": "tomorrow", "now": now, "right": ["2026-05-14"]},
            {"phrase": "tomorrow at three", "now": now, "right": ["2026-05-14 03:00"]},
            {"phrase": "tomorrow at three", "now": now, "right": ["2026-05-14 04:00"]},
            {"phrase": "today", "now": now, "right": ["2026-05-14"]},
            {"phrase": "banana", "now": now, "right": ["2026-05-14"]},
        ]
    )
    counts = (result.right, result.asked, result.wrong, result.silently_wrong, result.not_understood, result.total)
    assert counts == (2, 1, 2, 1, 1, 5)
    assert [line.split(":")[0] for line in result.failures] == ["asked, but wrong", "silently wrong", "not understood"]
