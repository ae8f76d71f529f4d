"""As many threads as find a core of their own; a thread that ran for a moment takes none away."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from edge_agent.processes import runnable
from edge_agent.think.free_cores import FreeCores


def asked(counts: Iterable[int], *, most: int = 4, cores: int = 4) -> list[int]:
    """What it answers while so many threads want a core, the asking one included."""
    counted = list(counts)
    free = FreeCores(most, cores=cores, runnable=iter(counted).__next__)
    return [free.threads() for _ in counted]


def test_all_cores_are_used_where_nothing_else_runs() -> None:
    assert asked([1, 1, 1]) == [4, 4, 4]


def test_another_program_takes_one_from_its_second_sight_on_and_gives_it_back_at_once() -> None:
    assert asked([1, 2, 2, 3, 3, 1, 1]) == [4, 4, 3, 3, 2, 4, 4]


def test_what_runs_for_a_moment_takes_none() -> None:
    assert asked([1, 2, 1, 3, 1, 2]) == [4] * 6


def test_one_is_left_however_many_want_a_core() -> None:
    assert asked([9, 9, 9], most=2, cores=2) == [2, 1, 1]


def test_the_cores_that_the_settings_leave_free_are_for_others() -> None:
    assert asked([2, 2, 3, 3], most=2, cores=4) == [2, 2, 2, 2]


@pytest.mark.parametrize("error", [OSError, ValueError, IndexError])
def test_where_nobody_can_tell_the_settings_count(error: type[Exception]) -> None:
    def unknown() -> int:
        raise error

    assert FreeCores(3, cores=4, runnable=unknown).threads() == 3


def test_the_kernel_counts_the_one_that_asks() -> None:
    assert runnable() >= 1
