"""The owner's files: one that is broken costs its own tools and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.act.tools.files import gather

LAMP = '''
from edge_agent.act.tools import read
from os.path import join  # has a docstring, and is not of this file

@read
def lamp_is_on(room: str) -> bool:
    """Tell whether the lamp of a room is on."""
    return room == "hall"

def lamp_off(room: str):
    """Switch the lamp of a room off."""

def _hidden() -> None:
    """Do it."""

def without_docstring() -> None: ...
'''


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_functions_with_a_docstring_are_tools(tmp_path: Path) -> None:
    tools, problems = gather(write(tmp_path, lamp=LAMP))
    assert [(tool.name, tool.kind, tool.source) for tool in tools] == [
        ("lamp_is_on", "read", "file lamp.py"),
        ("lamp_off", "act", "file lamp.py"),
    ]
    assert tools[0].call({"room": "hall"}) == "true"
    assert problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named"),
        ("def (", "SyntaxError in line 1"),
        ("raise SystemExit(3)", "SystemExit"),
        ("import threading\nthreading.Event().wait()", "did not import within 0.2 seconds"),
    ],
)
def test_a_file_that_does_not_import_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    tools, problems = gather(write(tmp_path, broken=text, lamp=LAMP), deadline_s=0.2)
    assert [tool.name for tool in tools] == ["lamp_is_on", "lamp_off"]
    assert len(problems) == 1
    assert problems[0].startswith("The tools of file broken.py are left out: ")
    assert said in problems[0]


def test_one_function_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    tools, problems = gather(write(tmp_path, a='def a(x):\n    """Do."""\n', b=LAMP, c=LAMP))
    assert [tool.source for tool in tools] == ["file b.py", "file b.py"]
    assert [problem.partition(":")[0] for problem in problems] == [
        "One tool of file a.py is left out",
        "The tool lamp_is_on of file c.py is left out",
        "The tool lamp_off of file c.py is left out",
    ]


def test_a_file_that_everybody_may_write_is_not_run(tmp_path: Path) -> None:
    (write(tmp_path, lamp=LAMP) / "lamp.py").chmod(0o666)
    tools, problems = gather(tmp_path)
    assert tools == []
    assert "chmod o-w" in problems[0]


def test_a_folder_that_is_not_there_has_no_tools(tmp_path: Path) -> None:
    assert gather(tmp_path / "none") == ([], [])
