"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.errors import InputError
from edge_agent.state import STDOUT, led_to

if TYPE_CHECKING:
    from edge_agent.settings import Settings

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file to use instead of the user's and the system's.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="GROUP.KEY=VALUE", help="Change one setting for this run. May be repeated."),
]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="auto, tiny, small, desktop, gpu-4gb or gpu-8gb.")]
SystemOption = Annotated[
    bool, typer.Option("--system", help="That of the system service (needs root), not of the user's agent.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def check_place(file: Path | None, *, suffix: str = "", inputs: Sequence[Path | None] = (), pipe: bool = False) -> None:
    """Raises InputError for a file that could not be written: now, and not after the models are loaded.

    `suffix`: that of what it will hold; `inputs`: what is read meanwhile; `pipe`: whether it may be standard output.
    """
    if file is None or (pipe and file == STDOUT):
        return
    if file == STDOUT:
        raise InputError("This does not go to standard output.", fix="name a file")
    if file.is_dir():
        raise InputError(f"Cannot write {file}: it is a directory.")
    if file.exists() and not file.is_file():
        raise InputError(f"Cannot write {file}: it is no regular file.")
    if suffix and file.suffix.lower() not in ("", suffix):
        raise InputError(f"Cannot write {file}: it would hold {suffix[1:].upper()}, whatever its name says.")
    if not file.parent.is_dir():
        raise InputError(f"Cannot write {file}: there is no such directory.", fix=f"mkdir -p {file.parent}")
    try:
        place = led_to(file)
    except OSError as error:
        raise InputError(f"Cannot write {file}: {error.strerror}.") from None
    if any(each and (each.resolve() == place or _same(each, place)) for each in inputs):
        raise InputError(f"Cannot write {file}: it is what is read.")
    # A file is replaced by a new one, so that its folder must be writable, too.
    if not (os.access(place.parent, os.W_OK) and os.access(place if place.exists() else place.parent, os.W_OK)):
        raise InputError(f"Cannot write {file}: permission denied.")


def _same(one: Path, other: Path) -> bool:
    """Whether both are there and one file, under two names."""
    return one.exists() and other.exists() and one.samefile(other)


def settings(config: Path | None, assignments: list[str] | None, **flags: dict[str, Any]) -> Settings:
    """The settings in force; `flags` are groups of values, of which those that are None are not given."""
    from edge_agent.config import load, parse_set

    overrides = parse_set(assignments or [])
    for group, values in flags.items():
        given = {key: value for key, value in values.items() if value is not None}
        overrides[group] = {**overrides.get(group, {}), **given}
    return load(overrides, config)
