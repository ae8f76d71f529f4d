"""The commands. Each is thin and imports what it needs when it runs: --help takes at most 0.3 s."""

from __future__ import annotations

from typing import Annotated

import typer

from edge_agent import __version__
from edge_agent.cli import (
    chat,
    config,
    devices,
    doctor,
    history,
    models,
    mute,
    open,
    replay,
    say,
    serve,
    service,
    talk,
    times,
    transcribe,
)
from edge_agent.cli.later import later

app = typer.Typer(
    name="edge-agent",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A voice agent that runs wholly on this device: speech in, speech out, nothing sent anywhere.",
    epilog="Start with `edge-agent models pull` and `edge-agent talk`. Something wrong? `edge-agent doctor`.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"edge-agent {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("talk")(talk.talk)
app.command("transcribe")(transcribe.transcribe)
app.command("say")(say.say)
app.command("chat")(chat.chat)
app.command("serve")(serve.serve)
app.command("open")(open.open_page)
app.command("mute")(mute.mute)
app.command("unmute")(mute.unmute)
app.command("replay")(replay.replay)
app.command("when")(times.when)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(devices.app, name="devices")
app.add_typer(config.app, name="config")
app.add_typer(history.app, name="history")
app.add_typer(later("The name by which it is called: a live test, and those that there are."), name="wake")
app.add_typer(later("Take calls over SIP: of a router, a PBX or telephones in your network."), name="phone")
app.add_typer(later("The voices that it knows, to answer nobody else; a convenience, no security."), name="voice")
app.add_typer(later("Timers that run or are paused."), name="timers")
app.add_typer(later("Alarms, once or on days of the week."), name="alarms")
app.add_typer(later("What is said to you at a time, once or again and again."), name="reminders")
app.add_typer(later("Shopping lists and others."), name="lists")
app.add_typer(later("What you asked to be remembered; nothing else is."), name="memory")
app.add_typer(later("What the LLM may call: Python functions of yours, packages, MCP servers."), name="tools")
app.add_typer(later("Agents that you write in a file: a receptionist, a support desk, leads."), name="agents")
app.add_typer(service.app, name="service")
app.add_typer(later("Measure accuracy and speed on this machine."), name="bench")
