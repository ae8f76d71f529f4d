"""`edge-agent bench compare`: what is done with results that are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.options import JsonOption


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD.json", help="The JSON file of a bench.")],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", help="The same bench, later or elsewhere.")],
    as_json: JsonOption = False,
) -> None:
    """Two results beside each other: old, new, ratio; turns also clip by clip.

    Example:  edge-agent bench compare before/turns.json after/turns.json
    """
    from edge_agent.bench import compare as comparing

    was, now = comparing.read(old), comparing.read(new)
    made = comparing.compare(was, now)
    typer.echo(json.dumps(made, ensure_ascii=False) if as_json else comparing.as_text(was, now))
