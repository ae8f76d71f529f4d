"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edge_agent.settings import Settings

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file to use instead of the user's and the system's.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="GROUP.KEY=VALUE", help="Change one setting for this run. May be repeated."),
]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="auto, tiny, small or desktop.")]
SystemOption = Annotated[
    bool, typer.Option("--system", help="That of the system service (needs root), not of the user's agent.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def check_place(file: Path | None) -> None:
    """Raises InputError for a file that could not be written: now, and not after the models are loaded."""
    from edge_agent.errors import InputError

    if file is None:
        return
    if file.is_dir():
        raise InputError(f"Cannot write {file}: it is a directory.")
    if not file.parent.is_dir():
        raise InputError(f"Cannot write {file}: there is no such directory.", fix=f"mkdir -p {file.parent}")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InputError(f"Cannot write {file}: permission denied.")


def settings(config: Path | None, assignments: list[str] | None, **flags: dict[str, Any]) -> Settings:
    """The settings in force; `flags` are groups of values, of which those that are None are not given."""
    from edge_agent.config import load, parse_set

    overrides = parse_set(assignments or [])
    for group, values in flags.items():
        given = {key: value for key, value in values.items() if value is not None}
        overrides[group] = {**overrides.get(group, {}), **given}
    return load(overrides, config)
