"""Pages fit a window, and what they name is there: files, commands, settings, options."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import typer

from edge_agent.cli import app
from edge_agent.settings import Settings

ROOT = Path(__file__).parent.parent
COLUMNS = 120


def pages() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: (ROOT / name).read_text() for name in listed.stdout.split() if (ROOT / name).exists()}


PAGES = pages()
TODAY = {name: text for name, text in PAGES.items() if name != "CHANGELOG.md"}
"""Those that speak of today; the change log also names what has gone."""
FILE_ENDINGS = {"json", "jsonl", "md", "py", "toml"}


def can_be_folded(line: str) -> bool:
    """Whether there is a space to break the line at: an address alone has none."""
    return len(re.sub(r"^\s*([-*]|\d+\.)?\s*", "", line).split()) > 1


def test_pages_are_folded() -> None:
    wide = [
        f"{name}:{number} has {len(line)} columns"
        for name, text in PAGES.items()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > COLUMNS and can_be_folded(line)
    ]
    assert wide == [], "break paragraphs, and put what a table's cell has no room for below the table"


def test_the_readme_can_be_read_in_a_minute() -> None:
    assert len(PAGES["README.md"].splitlines()) <= 120, "details belong into docs/"


def test_every_file_that_is_linked_or_named_is_there() -> None:
    missing = [
        f"{name}: {target}"
        for name, text in PAGES.items()
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    missing += [
        f"{name}: {path}"
        for name, text in TODAY.items()
        for path in re.findall(r"`((?:scripts|docs|examples|tests|edge_agent)/[\w./-]+)", text)
        if not (ROOT / path).exists()
    ]
    assert missing == []


@cache
def program() -> Any:
    """The commands, which take a tenth of a second to put together."""
    return typer.main.get_command(app)


def is_command(words: list[str]) -> bool:
    """Whether the program takes these words, as far as they can be names of commands and not of files."""
    command = program()
    for word in words:
        if not hasattr(command, "commands"):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


def test_every_command_that_is_named_exists() -> None:
    named = [
        (name, called.split())
        for name, text in TODAY.items()
        for code in re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL)
        for called in re.findall(r"(?:^|[\s`(/])edge-agent((?: [a-z][a-z-]*\b(?![./=_-]))+)", code)
    ]
    assert len(named) > 50
    assert [each for each in named if not is_command(each[1])] == []


def test_every_setting_that_is_named_exists() -> None:
    groups = {name: set(field.annotation.model_fields) for name, field in Settings.model_fields.items()}  # type: ignore[union-attr]
    named = [
        (name, group, key)
        for name, text in TODAY.items()
        for group, key in re.findall(rf"(?<![\w./-])({'|'.join(groups)})\.(\w+)\b(?![(/])", text)
        if key not in FILE_ENDINGS
    ]
    assert len(named) > 30
    assert [each for each in named if each[2] not in groups[each[1]]] == []


def test_options_of_talk_that_are_named_exist() -> None:
    talk = program().commands["talk"]
    named = set(re.findall(r"--[a-z]+", PAGES["README.md"] + PAGES["docs/troubleshooting.md"]))
    assert named >= {"--input", "--output", "--events", "--linger", "--record", "--timings", "--microphone", "--set"}
    assert named <= {option for each in talk.params for option in each.opts}
