"""Sweep: a command is run again and again, and each time another call of one seam fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import program
import pytest
from seams import SEAMS, Census, Fault, injected

MOST_CALLS = 400


@dataclass
class Scenario:
    """`words`: a command line. `believed`: raises where what lies on the disk after it is taken for something it is
    not; it is told whether the command said that it had done its work."""

    name: str
    words: tuple[str, ...]
    believed: Callable[[Path, bool], None]
    before: Callable[[Path], None] = lambda home: None
    again: tuple[str, ...] = ()
    """The command line that works after a fault, where it is another one."""


def no_check(home: Path, done: bool) -> None:
    pass


def sweep(
    scenario: Scenario,
    seam: str,
    home: Path,
    fresh: Callable[[Path], None],
    ways: Sequence[bool] = (False, True),
    step: int = 1,
    calls: int | None = None,
) -> int:
    """Each call of `seam` below `home`, or only every `step`-th, fails once, and then from once on (`ways`: whether the
    fault lasts). `calls`: how many there are; None: until one is not met. Returns how many faults there were."""
    faults = 0
    for lasting in ways:
        for at in range(1, MOST_CALLS if calls is None else calls + 1, step):
            fresh(home)
            scenario.before(home)
            fault = Fault(home, seam, at, SEAMS[seam][at % len(SEAMS[seam])], lasting)
            run_with(scenario, fault, home)
            if not fault.hit:
                break
            faults += 1
        else:
            if calls is None:
                pytest.fail(f"more than {MOST_CALLS} calls of {seam}")
    return faults


def counted(scenario: Scenario, home: Path, fresh: Callable[[Path], None]) -> Counter[str]:
    """How often the command calls each seam where nothing fails."""
    fresh(home)
    scenario.before(home)
    program.run(*scenario.words)  # what the first run in a process opens for good is open then
    fresh(home)
    scenario.before(home)
    census = Census(home)
    run_with(scenario, census, home)
    return census.of


def run_with(scenario: Scenario, fault: Fault, home: Path) -> None:
    """One sentence or all is well, nothing is left behind, nothing half-written is believed, and the next run works."""
    with program.nothing_left_behind(), injected(fault):
        ended = program.run(*scenario.words)
    assert ended.code in (0, 1, 2), (fault, ended)
    assert "Traceback" not in ended.said, (fault, ended)
    assert "[Errno" not in ended.said, (fault, ended)
    if ended.code:
        told = [line for line in ended.said.splitlines() if line.startswith(("edge-agent: ", "  To mend it: "))]
        assert told, (fault, ended)
    try:
        scenario.believed(home, ended.code == 0)
        again = program.run(*(scenario.again or scenario.words))
        assert again.code == 0, again
        scenario.believed(home, True)
    except Exception as error:
        raise AssertionError(f"{fault}: {ended}") from error
