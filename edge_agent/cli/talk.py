"""`edge-agent talk`: a conversation, at the microphone or from a file."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, check_place, settings

if TYPE_CHECKING:
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
    from edge_agent.errors import InputError

    if not math.isfinite(linger):
        raise InputError("--linger wants a number of seconds.")
    if input is None and (fast or output):
        raise InputError("--fast and --output go with --input.")
    chosen_settings = settings(
        config, set_, models={"profile": profile}, line={"microphone": microphone, "speaker": speaker}
    )
    check_place(output)
    check_place(events)
    check_line(chosen_settings, input)
    _check_record(record)
    converse(chosen_settings, input, output, events, record, linger_s=linger, fast=fast, timings=timings)


talk.__doc__ = f"{talk.__doc__}\n\n{EXAMPLES}"


def _check_record(folder: Path | None) -> None:
    """A folder that cannot be made or written to is said before the models are loaded. Raises InputError."""
    from edge_agent.errors import InputError
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


def _tell(line: str, *, err: bool = False) -> None:
    """The line goes to the terminal; of a service to the log, where the same line comes once in ten minutes
    (life/journal.py)."""
    from edge_agent.life import systemd

    if systemd.supervised():
        logging.getLogger(__name__).warning(line.strip())
    else:
        typer.echo(line, err=err)


def _say(status: str) -> None:
    """What becomes of the devices, from whichever thread has noticed."""
    from edge_agent.life import systemd

    _tell(status, err=True)
    systemd.status(status)


def converse(
    settings: Settings,
    input: Path | None,
    output: Path | None,
    events: Path | None,
    record: Path | None,
    *,
    linger_s: float,
    fast: bool,
    timings: bool,
    kept: bool = True,
) -> None:
    """`kept`: what is said goes into the history, if that is on."""
    from edge_agent import build
    from edge_agent.life import systemd
    from edge_agent.life.supervision import watched
    from edge_agent.state import state_dir
    from edge_agent.types import Event
    from edge_agent.watch.captions import Captions
    from edge_agent.watch.history import History, HistoryWindow
    from edge_agent.watch.latency import RECENT, Latency
    from edge_agent.watch.log import EventFile
    from edge_agent.watch.recorder import Recorder

    chosen = build.choose(settings)
    typer.echo(f"Profile {chosen.profile.name}: {chosen.profile.reason}", err=True)
    systemd.status(f"profile {chosen.profile.name}: loading {', '.join(model.name for model in chosen.all())}")
    rooms = build.rooms(settings, chosen)
    systemd.status(f"profile {chosen.profile.name}: ready")  # what the devices say comes after it
    latency = Latency(most=RECENT)
    with contextlib.ExitStack() as stack:
        words = not systemd.supervised()  # what a service writes is kept in the journal
        windows: list[Callable[[Event], None]] = [Captions(_tell, latency if timings else None, words=words)]
        history = History(state_dir())
        if kept:
            windows.append(HistoryWindow(history, settings.history.days))
        if kept and history.is_on():
            typer.echo("The history is on: what is said is kept. To stop that: edge-agent history off", err=True)
        if events:
            windows.append(stack.enter_context(EventFile(events)))
        line = build.line(settings, rooms.voice.rate_hz, input=input, output=output, fast=fast, on_status=_say)
        if record:
            recorder = stack.enter_context(Recorder(record, line))
            windows.append(recorder.on_event)
            line = recorder.line
        conversation = build.conversation(
            line, rooms, fast=fast, linger_s=linger_s, on_mark=latency,
            on_event=lambda event: [window(event) for window in windows],
        )  # fmt: skip
        if input is None:
            typer.echo("Listening. Speak; Ctrl-C ends.", err=True)
        with watched(conversation, settings.engines.deadline_s):
            conversation.run()
