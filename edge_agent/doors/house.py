"""HouseDoor: what `serve --lan` adds to the door for programs: the page for other devices of the house."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from edge_agent.doors.invitation import Invitation
from edge_agent.errors import ConfigError
from edge_agent.program import pasted
from edge_agent.serve.app import House
from edge_agent.serve.headers import is_loopback
from edge_agent.serve.keys import UNGUESSABLE
from edge_agent.serve.lan.authority import Authority
from edge_agent.serve.lan.http_ca import CaDoor
from edge_agent.serve.lan.http_pair import PairDoor
from edge_agent.serve.lan.listeners import Listeners
from edge_agent.serve.lan.networks import LOCAL, host_label, lan_addresses
from edge_agent.serve.lan.one_time_keys import OneTimeKeys
from edge_agent.serve.lan.paired_devices import PairedDevices
from edge_agent.serve.server import HttpServer
from edge_agent.settings import ServeSettings
from edge_agent.state import SYSTEM_STATE, state_dir


class HouseDoor:
    def __init__(self, own: ServeSettings, page_port: int) -> None:
        """Binds its addresses; nobody is let in. `own` is checked; `page_port`: that of loopback, which the page has
        everywhere. Raises ServeError for what cannot be."""
        folder = state_dir()
        self._keys, self.devices = one_time_keys(folder), paired_devices(folder)
        self._authority, self._page_port = authority(folder), page_port
        self._listeners = Listeners(
            self._authority, lan_addresses, page_port=page_port, ca_port=page_port + 1 if own.port else 0
        )
        self._listeners.look()
        self._told: tuple[str, ...] = ()
        """The best address, as it was shown last."""
        self.names = self._authority.names()
        self.pair = PairDoor(self._keys, self.devices, self._on_paired)
        self.doors = House(self.pair, CaDoor(self._authority, self.names, page_port))

    def open(self, server: HttpServer) -> None:
        """Lets people in, and tells how. Must run on the server's loop."""
        self._listeners.follow(server, self._tell_if_moved)
        self._tell()

    def close(self) -> None:
        self._listeners.close()

    def _on_paired(self, name: str) -> None:
        typer.echo(f"Paired: {name}. To throw it out: {_command(f'devices forget {name}', state_dir())}")
        self._tell()

    def _tell_if_moved(self) -> None:
        """Passes over the addresses that are not the best: those of IPv6 change each day."""
        if self._listeners.addresses[:1] != self._told:
            self._tell()

    def _tell(self) -> None:
        """Shows a new key, where it is shown to people: a journal is read by others, and later."""
        listening = self._listeners
        self._told = listening.addresses[:1]
        if not listening.addresses:
            return typer.echo("This machine is in no network of a house. When it is, the page's address is shown here.")
        shown = sys.stdout.isatty()
        ports = (self._page_port, listening.ca_port)
        told = invitation(state_dir(), self._authority, listening.addresses, ports)
        return typer.echo(replace(told, key=self._keys.issue()).text(colours=True) if shown else told.text())


def check(own: ServeSettings) -> None:
    """Raises ConfigError for settings that do not go with `serve.lan`."""
    if not is_loopback(own.host) and own.host != "localhost":
        raise ConfigError(
            f"serve.lan finds the addresses of the house by itself: serve.host is one of loopback, not {own.host}.",
            fix="edge-agent serve --lan --host 127.0.0.1",
        )
    if own.tls_cert:
        raise ConfigError(
            "serve.lan makes a certificate of its own: serve.tls_cert and serve.tls_key do not go with it."
        )
    if own.token and len(own.token) < UNGUESSABLE:
        raise ConfigError(
            f"With serve.lan all of the house may try keys: serve.token has {UNGUESSABLE} characters at least."
        )
    if own.port == 65535:
        raise ConfigError("With serve.lan the certificate is at the port above serve.port: 65534 is the highest.")


def authority(folder: Path, *, make: bool = True) -> Authority:
    """The authority of a state directory. Raises ServeError; without `make`, also where there is none yet."""
    return Authority(folder / "lan", host_label(), lambda: datetime.now(UTC), make=make)


def one_time_keys(folder: Path) -> OneTimeKeys:
    return OneTimeKeys(folder / "lan" / "keys", time.time)


def paired_devices(folder: Path) -> PairedDevices:
    return PairedDevices(folder / "lan" / "devices", time.time)


def invitation(
    folder: Path, own: Authority, addresses: Sequence[str], ports: tuple[int, int], key: str | None = None
) -> Invitation:
    """What other devices are told. `folder`: the state directory; `ports`: of the page and of the certificate."""
    name = f"{host_label()}.{LOCAL}"
    return Invitation(addresses, name, ports, own.fingerprint, _command("devices pair", folder), key)


def _command(words: str, folder: Path) -> str:
    """The command line for whoever owns this state directory."""
    return pasted(f"sudo edge-agent {words} --system" if folder == SYSTEM_STATE else f"edge-agent {words}")
