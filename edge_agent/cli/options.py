"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edge_agent.config import Settings

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file to use instead of the user's and the system's.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="GROUP.KEY=VALUE", help="Change one setting for this run. May be repeated."
    ),
]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="auto, tiny, small or desktop.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def settings(config: Path | None, assignments: list[str] | None, **flags: dict[str, Any]) -> Settings:
    """The settings in force; `flags` are groups of values, of which those that are None count as not given."""
    from edge_agent.config import load, parse_set

    overrides = parse_set(assignments or [])
    for group, values in flags.items():
        given = {key: value for key, value in values.items() if value is not None}
        overrides[group] = {**overrides.get(group, {}), **given}
    return load(overrides, config)
