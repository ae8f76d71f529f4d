"""`edge-agent talk`: a conversation, at the microphone or from a file."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, check_place, settings
from edge_agent.errors import InputError
from edge_agent.program import pasted

if TYPE_CHECKING:
    from edge_agent.build import Chosen
    from edge_agent.doors.microphone import Files
    from edge_agent.settings import Settings

EXAMPLES = """Examples:

  edge-agent talk

  edge-agent talk --microphone USB --set hear.language=de

  edge-agent talk --input question.wav --output reply.wav --events events.jsonl --linger 4
"""


LINGER_S = 2.0


def talk(
    input: Annotated[Path | None, typer.Option("--input", help="Sound file to hear instead of the microphone.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="WAV of what the speaker played, on one time line.")
    ] = None,
    events: Annotated[Path | None, typer.Option("--events", help="Write events here, one JSON object a line.")] = None,
    linger: Annotated[
        float, typer.Option("--linger", min=0, help="With --input: end after this long a silence (s).")
    ] = LINGER_S,
    fast: Annotated[
        bool, typer.Option("--fast", help="With --input: as fast as possible, on a virtual clock.")
    ] = False,
    record: Annotated[Path | None, typer.Option("--record", help="Keep microphone and events in this folder.")] = None,
    timings: Annotated[bool, typer.Option("--timings", help="Show what each turn's time went into.")] = False,
    microphone: Annotated[str | None, typer.Option("--microphone", help="Part of the device's name.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="Part of the device's name.")] = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk with the agent: at the microphone until Ctrl-C, or with --input from a file."""
    from edge_agent.doors.microphone import Files

    if not math.isfinite(linger):
        raise InputError("--linger wants a number of seconds.")
    if input is None and (fast or output):
        raise InputError("--fast and --output go with --input.")
    chosen_settings = settings(
        config, set_, models={"profile": profile}, line={"microphone": microphone, "speaker": speaker}
    )
    check_place(output, suffix=".wav", inputs=[input, events])
    check_place(events, inputs=[input])
    check_line(chosen_settings, input)
    _check_record(record)
    converse(chosen_settings, Files(input, output, events, record), linger_s=linger, fast=fast, timings=timings)


talk.__doc__ = f"{talk.__doc__}\n\n{EXAMPLES}"


def _check_record(folder: Path | None) -> None:
    """A folder that cannot be made or written to is said before the models are loaded. Raises InputError."""
    from edge_agent.watch.recorder import PART

    if folder is None:
        return
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise InputError(f"Nothing can be recorded in {folder}: {there} is a file.")
    check_place(there / PART)


def check_line(settings: Settings, input: Path | None) -> None:
    """A wrong file or name is said before the models are loaded. Raises InputError or DeviceError.

    A service waits for a device of any name, and says so: at its first start it may not be plugged in yet.
    """
    if input is not None:
        from edge_agent.lines.audio_file import read_audio

        read_audio(input)
        return
    from edge_agent import build
    from edge_agent.life import systemd

    if not systemd.supervised():
        build.check_devices(settings)


def tell_choice(settings: Settings, chosen: Chosen) -> None:
    """Tells which profile it is, why if that is not plain, and what does not fit together."""
    from edge_agent.doctor.languages import mismatch

    name, reason = chosen.profile.name, chosen.profile.reason
    plain = reason.startswith(f"{name} fits") or reason == "chosen by name"
    typer.echo(f"Profile {name}." if plain else f"Profile {name}: {pasted(reason)}", err=True)
    apart = mismatch(settings, chosen.voice.main)
    if apart:
        typer.echo(f"Note: {apart}", err=True)


def converse(
    settings: Settings,
    files: Files,
    *,
    linger_s: float,
    fast: bool,
    timings: bool,
    kept: bool = True,
) -> None:
    """`kept`: what is said goes into the history, if that is on."""
    from edge_agent import build
    from edge_agent.doors.microphone import at_the_line
    from edge_agent.life import systemd
    from edge_agent.life.supervision import watched

    chosen = build.choose(settings)
    tell_choice(settings, chosen)
    systemd.status(f"profile {chosen.profile.name}: loading {', '.join(model.name for model in chosen.all())}")
    host = build.inline_host(settings, chosen) if fast else build.host(settings, chosen)
    with host, contextlib.ExitStack() as stack:
        systemd.status(f"profile {chosen.profile.name}: ready")  # what the devices say comes after it
        greeting = files.input is None
        conversation = at_the_line(
            stack, settings, host, files, linger_s=linger_s, timings=timings, kept=kept, greeting=greeting
        )
        with watched(conversation, settings.engines.deadline_s):
            conversation.run()
