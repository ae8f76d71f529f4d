"""`times`: spoken times against what they may mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def times(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Phrases with `now` and what is `right`.")],
) -> None:
    """Spoken times: how many are right, silently wrong, asked and not understood, and which are not right.

    Example:  python -m tests.rigs.bench times tests/data/times/spoken.jsonl
    """
    from tests.rigs.bench.times import read, score

    result = score(read(file))
    for line in result.failures:
        typer.echo(line)
    share = 100 / max(1, result.total)
    typer.echo(
        f"{result.total} phrases: {result.right} right ({result.right * share:.1f} %, {result.asked} of them asked), "
        f"{result.silently_wrong} silently wrong ({result.silently_wrong * share:.1f} %), "
        f"{result.wrong - result.silently_wrong} asked without the right one, "
        f"{result.not_understood} not understood"
    )
