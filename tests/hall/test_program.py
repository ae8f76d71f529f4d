"""What is advised works when it is pasted, wherever the program lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.program import pasted

ADVICE = "No model.\n  To mend it: edge-agent models pull x, or sudo edge-agent mute --system"


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with the program, in a folder with a blank in its name, and a PATH that knows nothing of it."""
    folder = tmp_path / "my venv"
    folder.mkdir()
    (folder / "edge-agent").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return folder / "python"


def test_off_the_path_a_command_has_the_path_of_the_program(python: Path) -> None:
    path = f"'{python.with_name('edge-agent')}'"
    said = pasted(ADVICE, executable=str(python))
    assert said == f"No model.\n  To mend it: {path} models pull x, or sudo {path} mute --system"
    assert pasted(said, executable=str(python)) == said
    assert pasted("edge-agent: no", executable=str(python)) == "edge-agent: no"


def test_on_the_path_its_name_will_do_but_not_after_sudo(python: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "edge-agent").symlink_to(python.with_name("edge-agent"))
    said = pasted(ADVICE, executable=str(python))
    assert "To mend it: edge-agent models pull x, or sudo '/" in said


def test_another_program_of_this_name_on_the_path_is_not_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "edge-agent").touch(0o755)
    assert "To mend it: '/" in pasted(ADVICE, executable=str(python))


def test_without_a_script_beside_python_nothing_is_changed(tmp_path: Path) -> None:
    assert pasted(ADVICE, executable=str(tmp_path / "python")) == ADVICE
