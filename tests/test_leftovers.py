"""A process that a test leaves behind is told of at its end."""

from __future__ import annotations

import subprocess

import leftovers
import pytest


def test_a_process_that_nobody_has_waited_for_is_left() -> None:
    with pytest.raises(AssertionError, match="nobody has waited"), leftovers.none_left():
        left = subprocess.Popen(["true"])
    left.wait()


def test_one_that_was_waited_for_or_was_there_before_is_not() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE), leftovers.none_left():
        subprocess.run(["true"], check=True)
