"""`edge-agent mute` and `unmute`: close the microphone of the agent, and open it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from edge_agent import state
from edge_agent.cli.options import SystemOption
from edge_agent.program import pasted

if TYPE_CHECKING:
    from edge_agent.lines.mute import Mute


def mute(system: SystemOption = False) -> None:
    """Close the microphone of the agent, running or not, until `edge-agent unmute`. It outlives a restart.

    Neither the model nor a client of `edge-agent serve` can lift it.

    Example: edge-agent mute
    """
    _switch(system).turn_on()
    undo = pasted("edge-agent unmute" + " --system" * system)
    typer.echo(f"Muted: {_agent(system)} does not listen. To undo: {undo}")
    _name_the_other(system)


def unmute(system: SystemOption = False) -> None:
    """Let the agent listen again.

    Example: edge-agent unmute
    """
    _switch(system).turn_off()
    typer.echo("No longer muted.")


def _agent(system: bool) -> str:
    return "the system service" if system else "your own `edge-agent talk`"


def _name_the_other(system: bool) -> None:
    """A system service has a switch of its own, also where root is the one who asks."""
    from edge_agent.cli.service import NAME, SYSTEM

    if not system and (SYSTEM / NAME).exists():  # whether it is muted, only root can see
        typer.echo(pasted("The system service is not muted by this: sudo edge-agent mute --system"))


def _switch(system: bool) -> Mute:
    from edge_agent.lines.mute import Mute

    return Mute(state.SYSTEM_SWITCHES, state.SYSTEM_STATE) if system else Mute.own()
