"""`edge-agent serve`: the agent behind the OpenAI Realtime API, for programs on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, settings

if TYPE_CHECKING:
    import socket

    from edge_agent.settings import Serve, Settings

EXAMPLES = """Examples:

  edge-agent serve

  edge-agent serve --port 0 --max-sessions 4 --set turns.eagerness=high

  EDGE_AGENT_SERVE__TOKEN=... edge-agent serve --allowed-origins http://localhost:3000

  EDGE_AGENT_SERVE__TOKEN=... edge-agent serve --host 192.168.1.5 --tls-cert cert.pem --tls-key key.pem
"""


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option("--port", help="0 = any that is free (8765).")] = None,
    max_sessions: Annotated[
        int | None, typer.Option("--max-sessions", help="Realtime sessions at the same time (1).")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            help="Key that clients must have. Other users of this machine see the command line: "
            "better in EDGE_AGENT_SERVE__TOKEN.",
        ),
    ] = None,
    allowed_origins: Annotated[
        str | None, typer.Option("--allowed-origins", metavar="URL,...", help="Web pages that may use it.")
    ] = None,
    allowed_hosts: Annotated[
        str | None, typer.Option("--allowed-hosts", metavar="NAME,...", help="Names it may be reached under.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="PEM file, for https and wss.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file.")] = None,
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="What to speak with clients that name no dialect: ga or beta (ga).")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse all that the hosted service refuses.")] = False,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Serve the OpenAI Realtime API (GA and beta), speech, transcriptions and chat; Ctrl-C ends. See docs/server.md."""
    flags: dict[str, Any] = {
        "host": host,
        "port": port,
        "max_sessions": max_sessions,
        "token": token,
        "allowed_origins": allowed_origins,
        "allowed_hosts": allowed_hosts,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "dialect": dialect,
        "strict": strict or None,
    }
    chosen_settings = settings(config, set_, models={"profile": profile}, serve=flags)
    with _listener(chosen_settings.serve) as sock:  # what cannot be is said before the models are loaded
        _serve(chosen_settings, sock)


serve.__doc__ = f"{serve.__doc__}\n\n{EXAMPLES}"


def _listener(own: Serve) -> socket.socket:
    """Raises ConfigError or ServeError for an address or a certificate that will not do."""
    from edge_agent.serve.guard import check_exposure
    from edge_agent.serve.server import bound, check_certificate

    host = "127.0.0.1" if own.host == "localhost" else own.host  # no name is ever looked up
    if own.tls_cert and own.tls_key:
        check_certificate(own.tls_cert, own.tls_key)
    check_exposure(host, token=own.token, tls=own.tls_cert is not None)
    return bound(host, own.port)


def _serve(settings: Settings, sock: socket.socket) -> None:
    from edge_agent import build, build_server
    from edge_agent.life.starts import of_service
    from edge_agent.life.supervision import Supervision
    from edge_agent.life.systemd import status
    from edge_agent.serve.server import server, url

    chosen = build.choose(settings)
    typer.echo(f"Profile {chosen.profile.name}: {chosen.profile.reason}", err=True)
    status(f"profile {chosen.profile.name}: loading {', '.join(model.name for model in chosen.all())}")
    own = settings.serve
    tls = (own.tls_cert, own.tls_key) if own.tls_cert and own.tls_key else None
    service = build_server.service(settings, chosen)
    http, ws = (url(sock, scheme) for scheme in (("https", "wss") if tls else ("http", "ws")))
    ready = f"Ready. Realtime: {ws}/v1/realtime   base_url of other clients: {http}/v1   Ctrl-C ends."
    supervision: list[Supervision] = []

    def on_ready() -> None:
        typer.echo(ready)
        supervision.append(Supervision(service.stalls, of_service()))
        status(f"profile {chosen.profile.name}: ready at {ws}")

    def on_tick() -> None:
        for each in supervision:
            each.tick()

    try:
        server(service.app, on_ready=on_ready, on_tick=on_tick, on_stop=service.goodbye, tls=tls).run(sockets=[sock])
    finally:
        service.close()
