"""`edge-agent tools`, with a folder of the owner's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge_agent import config
from edge_agent.cli import app

TOOLS = '''
from edge_agent.act.tools import read

@read
def bin_day(street: str) -> str:
    """Tell on which day the bins of a street are emptied."""
    return f"In {street} on Thursday."

def order_pizza(size: int) -> str:
    """Order a pizza."""
    raise OSError("the oven is cold")

def no_hint(size):
    """Order a pie."""
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(config, "system_file", lambda: tmp_path / "none.toml")
    made = tmp_path / "edge_agent" / "tools"
    made.mkdir(parents=True)
    (made / "own.py").write_text(TOOLS)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["tools", *words])


def test_what_there_is_and_what_is_wrong_is_listed(folder: Path) -> None:
    shown = run("list")
    assert shown.exit_code == 0
    assert [line.split()[:4] for line in shown.stdout.splitlines()] == [
        ["bin_day", "read", "file", "own.py"],
        ["order_pizza", "act", "file", "own.py"],
    ]
    assert "The argument size of the function no_hint needs a type hint" in shown.stderr
    listed = json.loads(run("list", "--json").stdout)
    assert listed[0]["parameters"]["required"] == ["street"]
    (folder / "own.py").unlink()
    assert "There are no tools" in run("list").stderr


def test_a_call_prints_what_it_returns_or_what_is_wrong(folder: Path) -> None:
    called = run("call", "bin_day", '{"street": "Mill Lane"}')
    assert (called.exit_code, called.stdout) == (0, "In Mill Lane on Thursday.\n")
    failed = run("call", "order_pizza", '{"size": 3}')
    assert (failed.exit_code, failed.stderr) == (1, "The tool order_pizza failed: OSError: the oven is cold.\n")
    assert run("call", "nothing").exit_code == 1


def test_what_is_offered_is_shown_without_a_model(folder: Path, tmp_path: Path) -> None:
    assert run("try", "Good morning!").stdout == "offered: none\n"
    tried = run("try", "Which day do they empty the bins?", "--set", f"models.dir={tmp_path}")
    assert tried.stdout.startswith("offered: bin_day\ncalled:  unknown, without a model (")
