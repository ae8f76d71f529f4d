"""`edge-agent open`: the page of the server that runs on this machine, in a browser."""

from __future__ import annotations

import os
import sys

import typer

from edge_agent.cli.options import ConfigOption, SetOption, settings
from edge_agent.errors import ServeError

LOOK_S = 2.0
"""The longest that the server may take to say that it is there."""


def open_page(set_: SetOption = None, config: ConfigOption = None) -> None:
    """Show the page of `edge-agent serve` in a browser; without one, print its address.

    Example: edge-agent open
    """
    own = settings(config, set_).serve
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "localhost": "127.0.0.1"}.get(own.host, own.host)
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    address = f"{'https' if own.tls_cert else 'http'}://{host}:{own.port}/"
    if not answers(address):
        fix = "edge-agent serve" if own.port else "edge-agent serve: it prints the address of its page"
        raise ServeError(f"No server answers at {address}.", fix=fix)
    typer.echo(address)
    if _has_screen():
        import webbrowser

        webbrowser.open(address)


def answers(address: str) -> bool:
    """Whether an edge-agent is there. Its certificate may be one that this machine does not know."""
    import ssl
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    if not parts.port:
        return False
    host = parts.hostname or ""
    connection = (
        HTTPSConnection(host, parts.port, timeout=LOOK_S, context=ssl._create_unverified_context())
        if parts.scheme == "https"
        else HTTPConnection(host, parts.port, timeout=LOOK_S)
    )
    try:
        connection.request("GET", "/health")
        return connection.getresponse().read(100) == b'{"status":"ok"}'
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _has_screen() -> bool:
    """Whether a browser would have a window. Without one, some would take over the terminal instead."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
