"""`edge-agent bench`: measure the rooms and the whole, on the machine at hand."""

from __future__ import annotations

import typer

from edge_agent.cli.bench import conversations, endpoint, engines, results

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure accuracy and speed on this machine.")

app.command("turns")(conversations.turns)
app.command("endpoint")(endpoint.endpoint)
app.command("scale")(conversations.scale)
app.command("serve")(conversations.serve)
app.command("overload")(conversations.overload)
app.command("barge")(conversations.barge)
app.command("false-turns")(conversations.false_turns)
app.command("asr")(engines.asr)
app.command("llm")(engines.llm)
app.command("tools")(engines.tools)
app.command("tts")(engines.tts)
app.command("workers")(engines.workers)
app.command("compare")(results.compare)
