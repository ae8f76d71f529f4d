"""The two tiers: what is marked, what is repeated and what takes too long, by a suite of four tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiers

SUITE = """
import pytest, tiers

def test_short(): pass

@pytest.mark.slow
def test_slow(everything): assert everything

@pytest.mark.parametrize("moment", tiers.fast_first(range(5), 2))
def test_repeated(moment): pass

def test_too_long():
    tiers.LONGEST_S = -1.0
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_it.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: x\n")
    return tmp_path


def ran(suite: Path, *words: str) -> str:
    """Without the plugins that are installed, whose import takes seconds."""
    command = [sys.executable, "-m", "pytest", "-p", "tiers", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        command,
        cwd=suite,
        env=os.environ | {"PYTHONPATH": str(Path(tiers.__file__).parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    ).stdout


def test_the_fast_tier_is_a_cut_with_a_limit(suite: Path) -> None:
    said = ran(suite)
    assert "tier: fast (everything: --all)" in said
    assert "1 failed, 3 passed, 4 deselected" in said
    assert "It took 0.0 s. A test of the fast tier may take" in said


def test_with_all_it_is_everything_and_as_long_as_it_takes(suite: Path) -> None:
    said = ran(suite, "--all")
    assert "tier: everything" in said
    assert "8 passed" in said.splitlines()[-1]


def test_on_a_busy_machine_a_test_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (5.0, 0.0, 0.0))
    assert tiers.load() == 2.5
    monkeypatch.setattr(os, "getloadavg", lambda: (0.3, 0.0, 0.0))
    assert tiers.load() == 1.0
