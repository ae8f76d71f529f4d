"""`edge-agent history`: keep what is said, or stop that; show it, or delete it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent import state
from edge_agent.cli.options import JsonOption, SystemOption
from edge_agent.errors import StateError
from edge_agent.program import pasted
from edge_agent.state import mend, state_of, switches_of

if TYPE_CHECKING:
    from edge_agent.watch.history import Exchange, History

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Keep what is said in `edge-agent talk`, as text on this device; off unless you turn it on. The agent does "
    "not read it: a new start knows nothing of it. What clients of `edge-agent serve` say is never kept.",
)


@app.command()
def on(system: SystemOption = False) -> None:
    """Keep each turn from now on, also of the agent that runs, for as many days as history.days says. It outlives a
    restart.

    Neither the model nor a client of `edge-agent serve` can turn it on.

    Example: edge-agent history on
    """
    _switch(system).turn_on()
    typer.echo(pasted("What is said from now on is kept. To stop that: edge-agent history off" + " --system" * system))


@app.command()
def off(system: SystemOption = False) -> None:
    """Keep nothing from now on, also of the turn that goes on. What was kept stays.

    Example: edge-agent history off
    """
    _switch(system).turn_off()
    typer.echo(pasted("Nothing is kept any more. To delete what was: edge-agent history clear" + " --system" * system))


@app.command()
def show(
    last: Annotated[int | None, typer.Option("--last", min=1, help="Only the last so many turns.")] = None,
    as_json: JsonOption = False,
    system: SystemOption = False,
) -> None:
    """Print what was kept, and whether more will be.

    Example: edge-agent history show --last 10
    """
    history = _history(system)
    try:
        kept = list(history.exchanges())[-(last or 0) :]
    except OSError as error:
        fix = mend(error, state_of(system=system), "history show")
        raise StateError(f"The history cannot be read: {error.filename} ({error.strerror}).", fix=fix) from None
    typer.echo(f"The history is {'on' if history.is_on() else 'off'}.", err=True)
    if as_json:
        typer.echo(json.dumps([asdict(exchange) for exchange in kept], ensure_ascii=False, indent=2))
        return
    for exchange in kept:
        typer.echo(_text(exchange))


@app.command()
def clear(system: SystemOption = False) -> None:
    """Delete all that was kept. It stays on or off; the agent that runs still knows its conversation until it ends.

    A flash disk may hold the deleted words until it needs the room, and backups are not reached: where that matters,
    encrypt the disk. Files of --events, --output and --record are yours to delete.

    Example: edge-agent history clear
    """
    days = _history(system).clear()
    typer.echo(f"Deleted what was said on {days} day{'s' * (days != 1)}.")


def _switch(system: bool) -> History:
    """The history for whoever turns it on and off: for the system service's that is root."""
    from edge_agent.watch.history import History

    return History(state.SYSTEM_STATE, state.SYSTEM_SWITCHES) if system else History.own()


def _history(system: bool) -> History:
    """The history for whoever reads or deletes it."""
    from edge_agent.watch.history import History

    return History(state_of(system=system), switches_of(system=system))


def _text(exchange: Exchange) -> str:
    when = exchange.at[:16].replace("T", " ")
    ending = "" if exchange.end == "done" else f" ({exchange.end})"
    return f"{when}  You:   {exchange.user}\n{'':<{len(when)}}  Agent: {exchange.agent}{ending}"
