"""Files that are written whole or not at all, and what those who were killed in the middle of it have left."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from edge_agent.state import new_whole, write_whole


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_what_the_dead_have_left_goes_with_the_next_writing(tmp_path: Path, dead: int) -> None:
    left = tmp_path / f".starts.{dead}.part"
    others = [
        tmp_path / f".starts.{os.getppid()}.part",
        tmp_path / f".devices.{dead}.part",
        tmp_path / ".starts.x.part",
    ]
    for file in (left, *others):
        file.write_text("half")
    write_whole(tmp_path / "starts", "whole")
    assert (tmp_path / "starts").read_text() == "whole"
    assert not left.exists()
    assert all(file.exists() for file in others), "of the living, of another file, of another make"


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", "old")
    with suppress(ZeroDivisionError), new_whole(tmp_path / "file") as new:
        new.write(b"half")
        raise ZeroDivisionError
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]
