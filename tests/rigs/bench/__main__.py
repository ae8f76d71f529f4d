"""Measurements for those who change the code; users have `edge-agent bench`.

Exit code: 0 measured, 1 failed (a model, an engine), 2 wrong usage, settings or input.
"""

from __future__ import annotations

import sys

import typer

from edge_agent.errors import EdgeAgentError
from edge_agent.life import journal, stopping
from tests.rigs.bench.commands import (
    conversations,
    endpoint,
    engines,
    far,
    floor,
    gpu,
    phone,
    room,
    speakers,
    telephone,
    times,
    wake,
    webrtc,
)

app = typer.Typer(
    name="python -m tests.rigs.bench",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measurements for those who change the code; users have `edge-agent bench`.",
)
app.command("endpoint")(endpoint.endpoint)
app.command("scale")(conversations.scale)
app.command("serve")(conversations.serve)
app.command("overload")(conversations.overload)
app.command("barge")(conversations.barge)
app.command("yield")(floor.yield_)
app.command("room")(room.room)
app.command("far")(far.far)
app.command("false-turns")(conversations.false_turns)
app.command("tools")(engines.tools)
app.command("after-tools")(engines.after_tools)
app.command("honest")(engines.honest)
app.command("requests")(engines.requests)
app.command("workers")(engines.workers)
app.command("gpu")(gpu.gpu)
app.command("times")(times.times)
app.command("wake")(wake.wake)
app.command("speakers")(speakers.speakers)
app.command("telephone")(telephone.telephone)
app.command("webrtc")(webrtc.webrtc)
app.command("phone")(phone.phone)


def main() -> None:
    journal.install()
    stopping.install()
    try:
        app(prog_name="python -m tests.rigs.bench")
    except EdgeAgentError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
