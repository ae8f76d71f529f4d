"""`edge-agent bench`: measure the rooms and the whole, on the machine at hand."""

from __future__ import annotations

import os

import typer

from edge_agent import cores
from edge_agent.cli.bench import engines, results, turns

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def measured() -> None:
    """Measure accuracy and speed on this machine."""
    os.environ.setdefault(cores.TRACEABLE, "1")  # the memory of its workers is a figure, too


app.command("turns")(turns.turns)
app.command("asr")(engines.asr)
app.command("llm")(engines.llm)
app.command("tts")(engines.tts)
app.command("compare")(results.compare)
