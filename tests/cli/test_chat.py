"""`edge-agent chat`: at a prompt, and from a script that moves its clock. Code answers; no model is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.errors import EdgeAgentError, InputError


def chat(*options: str, typed: str = "") -> str:
    result = CliRunner().invoke(app, ["chat", *options], input=typed)
    if isinstance(result.exception, EdgeAgentError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(folder: Path, *lines: str, now: str = "2026-12-01T09:00") -> list[dict[str, Any]]:
    script = folder / "script.txt"
    script.write_text("\n".join(lines))
    said = chat("--script", str(script), "--json", "--now", now, "--state", str(folder / "state"))
    return [json.loads(line) for line in said.splitlines()]


def test_a_script_with_a_clock_of_its_own(tmp_path: Path) -> None:
    turns = rows(
        tmp_path, "# a comment", "set a timer for 90 seconds", "@+30s", "how long is left", "@+1m", "what time is it"
    )
    assert [turn["said"] for turn in turns] == [
        "Timer set for one minute and 30 seconds.",
        "One minute left.",
        "Your timer of one minute and 30 seconds is done.",
        "It is 9:01 AM.",
    ]
    first = turns[0]
    assert first["you"] == "set a timer for 90 seconds"
    assert first["by"] == "skill:timers"
    assert first["effects"] == [{"what": "timer_set", "id": 1, "seconds": 90.0, "name": ""}]
    assert first["ms"] > 0
    assert turns[2]["you"] is None
    assert turns[2]["effects"][0]["what"] == "rang"


def test_what_is_kept_is_there_the_next_time(tmp_path: Path) -> None:
    rows(tmp_path, "remember that the bins go out on monday", "add tea to my shopping list")
    turns = rows(tmp_path, "what do you know about the bins", "what's on my shopping list", now="2026-12-02T09:00")
    assert [turn["said"] for turn in turns] == ["You told me: the bins go out on monday.", "On the shopping list: tea."]


def test_the_prompt_knows_how_it_is_left(tmp_path: Path) -> None:
    said = chat("--state", str(tmp_path), typed="/help\n/what\nwhat can you do\nexit\nwhat time is it\n")
    assert "/quit" in said
    assert "There is no /what." in said
    assert "I can tell the time" in said


@pytest.mark.parametrize("word", ["exit", "quit", "/quit", "Bye"])
def test_it_ends(word: str, tmp_path: Path) -> None:
    assert chat("--state", str(tmp_path), typed=f"{word}\nflip a coin\n") == ""


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="wants a time such as"):
        chat("--now", "noon", "hello")
    with pytest.raises(InputError, match="Cannot read"):
        chat("--script", str(tmp_path / "none.txt"), "--state", str(tmp_path))
