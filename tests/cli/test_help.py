"""--help: quick, without loading anything heavy, and with an example wherever there is something to type."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from edge_agent import __version__
from edge_agent.cli import app
from tests.rigs.bench.__main__ import app as rigs
from tests.rigs.offline import prove as offline

HELP = [sys.executable, "-m", "edge_agent", "--help"]
HELP_S = 0.3
HEAVY = {
    "av", "ctranslate2", "edge_agent.build", "faster_whisper", "jiwer", "llama_cpp", "num2words", "numpy",
    "onnxruntime", "piper", "pydantic", "regex", "rich", "sentence_stream", "sounddevice", "tokenizers",
}  # fmt: skip


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group, with the words that call it."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


COMMANDS = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) or "-" for path, _ in COMMANDS])
def test_every_command_explains_itself(path: tuple[str, ...], command: Any) -> None:
    explains_itself(app, "edge-agent", path, command)


def test_so_does_every_rig() -> None:
    for path, command in commands(typer.main.get_command(rigs)):
        explains_itself(rigs, "python -m tests.rigs.bench", path, command)


def explains_itself(program: typer.Typer, name: str, path: tuple[str, ...], command: Any) -> None:
    result = CliRunner().invoke(program, [*path, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.stdout
    assert command.help or command.callback.__doc__
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    if arguments:
        examples = " ".join(result.stdout.partition("Example")[2].split())
        assert f"{name} {' '.join(path)}" in examples, f"no example for {path}"


def test_what_is_proven_offline_and_what_its_page_leaves_out_are_all_commands() -> None:
    leaves = {" ".join(path) for path, command in COMMANDS if not getattr(command, "commands", None)}
    asked = [" ".join(arguments) for _, arguments, _ in offline.commands(0)] + ["serve"]
    proven = {leaf for leaf in leaves for words in asked if f"{words} ".startswith(f"{leaf} ")}
    left_out = (Path(__file__).parents[2] / "docs/offline.md").read_text().partition("It does not run")[2]
    unsaid = {leaf for leaf in leaves - proven if f"`{leaf}`" not in left_out.partition("It cannot see")[0]}
    assert {leaf for leaf in unsaid if not leaf.startswith("bench ")} == set()
    assert "bench llm" in proven


def test_all_the_doors_are_there() -> None:
    names = {path[0] for path, _ in COMMANDS if path}
    assert names >= {
        "talk",
        "transcribe",
        "say",
        "chat",
        "replay",
        "serve",
        "service",
        "mute",
        "unmute",
        "doctor",
        "models",
        "devices",
        "config",
        "bench",
    }


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"edge-agent {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    """The noise-free form of the next test."""
    run = subprocess.run([sys.executable, "-X", "importtime", *HELP[1:]], capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "edge_agent.cli" in loaded
    assert loaded & HEAVY == set()


def cpu_s(command: list[str]) -> float:
    """Seconds of processor, user and system, of one run."""
    child = os.spawnv(os.P_NOWAIT, command[0], command)
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime


def test_help_answers_within_300_ms(capfd: pytest.CaptureFixture[str]) -> None:
    """The best of five and processor time: other work on the machine makes a run longer, never shorter."""
    assert min(cpu_s(HELP) for _ in range(5)) <= HELP_S
    assert capfd.readouterr().out.count("Usage: ") == 5
