"""`edge-agent devices`: which microphones and speakers there are, and whether they work; and those that are paired."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli import paired
from edge_agent.cli.options import JsonOption
from edge_agent.errors import DeviceError

if TYPE_CHECKING:
    from edge_agent.lines.microphone import Microphone
    from edge_agent.types import Samples

app = typer.Typer(
    help="Microphones and speakers, with a test; and the phones and others of the house that are paired.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NO_DEVICE = "There is no sound device."


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the microphones and speakers; * marks the system's default.

    Any part of a name can be given to --microphone and --speaker.

    Example: edge-agent devices list
    """
    from edge_agent.lines.devices import PLUG_IN, WORDS, list_devices, supported_rates

    devices = list_devices()
    if not devices:
        if as_json:
            typer.echo("[]")
        raise DeviceError(NO_DEVICE, fix=PLUG_IN)
    rows = [{**asdict(device), "rates_hz": supported_rates(device)} for device in devices]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    width = max(len(device.name) for device in devices)
    for device, row in zip(devices, rows, strict=True):
        rates = ", ".join(f"{rate / 1000:g}" for rate in row["rates_hz"]) or "busy, or none of the usual"
        mark = "*" if device.is_default else " "
        typer.echo(f"{mark} {WORDS[device.kind]:<10}  {device.name:<{width}}  {device.host}, kHz: {rates}")


@app.command("test")
def try_out(
    microphone: Annotated[str | None, typer.Option(help="Part of the microphone's name.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Part of the speaker's name.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long to record.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Record for some seconds and judge the level, then play a soft tone of one second.

    Examples:  edge-agent devices test     edge-agent devices test --microphone usb --seconds 5
    """
    from edge_agent.lines.level import level
    from edge_agent.lines.microphone import Microphone
    from edge_agent.lines.soundcard import TONE_HZ, play_tone
    from edge_agent.lines.speaker import Loudspeaker

    source = Microphone(microphone)
    try:
        if not as_json:
            typer.echo(f"Microphone {source.name!r}: say something for {seconds:g} s.")
        sound = _record(source, seconds, meter=sys.stdout.isatty() and not as_json)
    finally:
        source.close()
    measured = level(sound)
    if not as_json:
        typer.echo(f"  peak {measured.peak_dbfs:.1f} dBFS, mean {measured.rms_dbfs:.1f} dBFS. {measured.verdict}")
    sink = Loudspeaker(source.rate_hz, speaker)
    try:
        if not as_json:
            typer.echo(f"Speaker {sink.name!r}: a soft tone of {TONE_HZ} Hz for 1 s.")
        play_tone(sink)
    finally:
        sink.close()
    if as_json:
        heard = {
            "name": source.name,
            "rate_hz": source.rate_hz,
            "overflows": source.overflows,
            **asdict(measured),
        }
        result: dict[str, Any] = {
            "microphone": {**heard, "verdict": measured.verdict},
            "speaker": {"name": sink.name, "underflows": sink.underflows},
        }
        typer.echo(json.dumps(result, indent=2))


def _record(source: Microphone, seconds: float, *, meter: bool) -> Samples:
    """The first `seconds` of the microphone, with a moving bar of its level while they pass."""
    import numpy as np
    from rich.progress import BarColumn, Progress, TextColumn

    from edge_agent.lines.level import level

    blocks: list[Samples] = []
    columns = (TextColumn("  level"), BarColumn(60), TextColumn("{task.fields[dbfs]:6.1f} dBFS"))
    with Progress(*columns, disable=not meter, transient=True) as progress:
        bar = progress.add_task("level", total=60, dbfs=-60.0)
        while (block := source.read()) is not None:
            blocks.append(block.samples)
            dbfs = max(-60.0, level(block.samples).peak_dbfs)
            progress.update(bar, completed=60 + dbfs, dbfs=dbfs)
            if block.end_s >= seconds:
                break
    return np.concatenate(blocks)[: round(seconds * source.rate_hz)]


app.command("paired")(paired.paired)
app.command("pair")(paired.pair)
app.command("forget")(paired.forget)
