"""`edge-agent serve`: the agent behind the OpenAI Realtime API, for programs on this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, settings
from edge_agent.cli.talk import tell_choice

if TYPE_CHECKING:
    from edge_agent.settings import Settings

EXAMPLES = """Examples:

  edge-agent serve

  edge-agent serve --talk

  edge-agent serve --lan

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
        list[str] | None, typer.Option("--allowed-origins", metavar="URL,...", help="Web pages that may use it.")
    ] = None,
    allowed_hosts: Annotated[
        list[str] | None, typer.Option("--allowed-hosts", metavar="NAME,...", help="Names it may be reached under.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="PEM file, for https and wss.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file.")] = None,
    lan: Annotated[
        bool, typer.Option("--lan", help="The page for phones and others of the house, over https: docs/page.md.")
    ] = False,
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="What to speak with clients that name no dialect: ga or beta (ga).")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse all that the hosted service refuses.")] = False,
    talk: Annotated[
        bool, typer.Option("--talk", help="Converse at the microphone, too, with the same models.")
    ] = False,
    door: Annotated[
        list[str] | None,
        typer.Option("--door", metavar="NAME", help="Another door; FILE.py:CLASS for one of your own."),
    ] = None,
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
        "allowed_origins": ",".join(allowed_origins or ()) or None,
        "allowed_hosts": ",".join(allowed_hosts or ()) or None,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "lan": lan or None,
        "dialect": dialect,
        "strict": strict or None,
    }
    names = [*(["microphone"] if talk else []), *(door or [])]
    chosen = settings(config, set_, models={"profile": profile}, serve=flags, doors={"open": names or None})
    _serve(chosen)


serve.__doc__ = f"{serve.__doc__}\n\n{EXAMPLES}"


def _serve(settings: Settings) -> None:
    from edge_agent import build
    from edge_agent.doors import door
    from edge_agent.doors.http import HttpDoor
    from edge_agent.doors.phone import PhoneDoor
    from edge_agent.life.systemd import status

    http = HttpDoor(settings)  # what cannot be is said before the models are loaded
    with contextlib.closing(http.socket):
        beside = [door.door(name, settings) for name in settings.doors.open]
        for each in beside:
            if http.incoming and isinstance(each, PhoneDoor):
                each.announce = http.incoming.ring
        chosen = build.choose(settings)
        tell_choice(settings, chosen)
        status(f"profile {chosen.profile.name}: loading {', '.join(model.name for model in chosen.all())}")
        with build.host(settings, chosen, http.metrics) as host, door.opened(beside, host, http.goodbye):
            http.run(host)
