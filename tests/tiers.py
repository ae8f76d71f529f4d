"""Two tiers of tests: what `scripts/test` runs within ten minutes, and everything (`--all`). See CONTRIBUTING.md."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence

import pytest

LONGEST_S = 30.0
"""What a test of the fast tier may take on a machine with nothing else to do, fixtures that it is the first to use
included. With --all the limit is `timeout` of pyproject.toml, or of the test."""
TOOK_S = pytest.StashKey[float]()


def fast_first(values: Sequence[object], fast: int) -> list[object]:
    """Parameters (a tuple: of several names), the first `fast` of them for each tier, the others with --all alone."""
    slow = (value if isinstance(value, tuple) else (value,) for value in values[fast:])
    return [*values[:fast], *(pytest.param(*value, marks=pytest.mark.slow) for value in slow)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="everything, not only the fast tier")


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether this run is no short cut. Tests that repeat themselves do so less often in the fast tier."""
    return bool(request.config.getoption("--all"))


def pytest_report_header(config: pytest.Config) -> str:
    return f"tier: {'everything' if config.getoption('--all') else 'fast (everything: --all)'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of the fast tier that has passed fails all the same if it took too long."""
    report = yield
    item.stash[TOOK_S] = took_s = item.stash.get(TOOK_S, 0.0) + call.duration
    if report.when == "call" and report.passed and not item.config.getoption("--all") and took_s > LONGEST_S * load():
        report.outcome = "failed"
        report.longrepr = (
            f"It took {took_s:.1f} s. A test of the fast tier may take {LONGEST_S:.0f} s, times {load():.1f} for what "
            "else this machine does: make it faster, cut it short, or mark it `slow` (CONTRIBUTING.md)."
        )
    return report


def load() -> float:
    """By how much what waits for a processor is more than there are of them: 1 on a machine that is free."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
