"""Files that are written whole or not at all, and what those who were killed in the middle of it have left."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from edge_agent.state import led_to, new_whole, write_whole


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


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
def test_what_is_no_file_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "odd"
    if kind == "folder":
        file.mkdir()
    else:
        os.mknod(file, 0o600 | (stat.S_IFIFO if kind == "pipe" else stat.S_IFSOCK))
    before = file.lstat()
    with pytest.raises(OSError, match=r"no regular file|directory"):
        write_whole(file, "new")
    assert file.lstat() == before


def test_ours_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "file").symlink_to(tmp_path / "theirs")
    write_whole(tmp_path / "file", "ours")
    assert ((tmp_path / "theirs").read_text(), (tmp_path / "file").read_text()) == ("theirs", "ours")


def test_a_users_own_link_is_followed_and_that_of_somebody_else_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert led_to(tmp_path / "link") == (tmp_path / "file").resolve()
    lstat = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: os.stat_result([*lstat(path)[:4], 12345, *lstat(path)[5:10]]))
    with pytest.raises(PermissionError, match="somebody else"):
        led_to(tmp_path / "link")


def test_a_part_that_somebody_has_laid_as_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / f".file.{os.getpid()}.part").symlink_to(tmp_path / "elsewhere")
    write_whole(tmp_path / "file", "words")
    assert (tmp_path / "file").read_text() == "words"
    assert not (tmp_path / "elsewhere").exists()


AS_ROOT = """
import sys, os
from pathlib import Path
from edge_agent import state
from edge_agent.processes import go_back
folder, other = Path(sys.argv[1]), Path(sys.argv[2])
state.SYSTEM_STATE = folder
assert state.state_of(system=True) == folder
assert sorted(os.listdir(folder)) == ["link", "own"], "a folder above may be closed to its owner"
(folder / "own").write_text("new")
try:
    (folder / "link").write_text("mine")
except PermissionError:
    print("refused")
go_back()
(other.parent / "export").write_text("for root")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can go on as somebody else")
def test_root_goes_no_further_in_the_folder_of_a_service_than_the_service_could(tmp_path: Path) -> None:
    closed, other = tmp_path / "closed", tmp_path / "roots"
    (folder := closed / "state").mkdir(parents=True, mode=0o700)
    other.write_text("root's")
    (folder / "link").symlink_to(other)
    (folder / "own").write_text("old")
    for path in (folder, folder / "own"):
        os.chown(path, 65534, 65534)
    closed.chmod(0o700)
    words = [sys.executable, "-c", AS_ROOT, str(folder), str(other)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")
    assert (other.read_text(), (folder / "own").read_text()) == ("root's", "new")
    assert (tmp_path / "export").stat().st_uid == 0
