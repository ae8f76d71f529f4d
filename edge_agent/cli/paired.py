"""`edge-agent devices pair`, `paired`, `forget`: which devices of the house may use the page of `serve --lan`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, SetOption, SystemOption, settings
from edge_agent.errors import ServeError
from edge_agent.state import state_of

if TYPE_CHECKING:
    from edge_agent.serve.lan.paired_devices import PairedDevice


def pair(set_: SetOption = None, config: ConfigOption = None, system: SystemOption = False) -> None:
    """Show a new one-time key, with which another device of the house is paired.

    Example: edge-agent devices pair
    """
    from edge_agent.cli.open import answers
    from edge_agent.doors.house import authority, invitation, one_time_keys
    from edge_agent.serve.lan.networks import lan_addresses

    own, folder, addresses = settings(config, set_).serve, state_of(system=system), lan_addresses()
    found = authority(folder, make=False)
    if not addresses:
        raise ServeError("This machine is in no network of a house.")
    told = invitation(folder, found, addresses, (own.port, own.port + 1))
    if not answers(told.page):
        raise ServeError(f"No server answers at {told.page}.", fix="edge-agent serve --lan")
    typer.echo(replace(told, key=one_time_keys(folder).issue()).text(colours=sys.stdout.isatty()))


def paired(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """List the devices of the house that are paired.

    Example: edge-agent devices paired --json
    """
    from edge_agent.doors.house import paired_devices

    devices = paired_devices(state_of(system=system)).all()
    if as_json:
        return typer.echo(json.dumps([asdict(device) for device in devices], indent=2, default=datetime.isoformat))
    if not devices:
        return typer.echo("No device is paired.")
    width = max(len(device.name) for device in devices)
    return typer.echo("\n".join(_line(device, width) for device in devices))


def forget(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The names that `paired` shows.")],
    system: SystemOption = False,
) -> None:
    """Throw paired devices out: their calls end within two seconds, and nothing more is answered to them.

    Example: edge-agent devices forget android-chrome
    """
    from edge_agent.doors.house import paired_devices

    devices = paired_devices(state_of(system=system))
    for name in names:
        devices.forget(name)
        typer.echo(f"Forgot {name}.")


def _line(device: PairedDevice, width: int) -> str:
    return f"{device.name:<{width}}  paired {device.paired:%Y-%m-%d %H:%M}, seen {device.seen:%Y-%m-%d %H:%M}"
