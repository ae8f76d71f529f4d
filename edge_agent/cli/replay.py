"""`edge-agent replay`: run a recorded conversation again, so that a bug report is a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.options import ConfigOption, SetOption, check_place, settings
from edge_agent.errors import InputError


def replay(
    folder: Annotated[Path, typer.Argument(help="Folder made by `edge-agent talk --record FOLDER`.")],
    output: Annotated[Path | None, typer.Option("--output", help="WAV of what the speaker plays this time.")] = None,
    fast: Annotated[bool, typer.Option("--fast/--paced", help="Virtual clock, or real time.")] = True,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Run a recorded conversation again, with the settings and models of now.

    Example:  edge-agent replay bug-17 --set turns.hold_short_s=0.6
    """
    from edge_agent.cli.talk import LINGER_S, check_line, converse
    from edge_agent.doors.microphone import Files
    from edge_agent.watch.recorder import MICROPHONE, PART

    sound = folder / MICROPHONE
    if not sound.is_file():
        killed = (folder / PART).is_file()
        mend = f"mv {folder / PART} {sound}" if killed else "edge-agent talk --record NEW_FOLDER"
        raise InputError(f"{folder} holds no {MICROPHONE}.", fix=mend)
    chosen = settings(config, set_)
    check_place(output, suffix=".wav", inputs=[sound])
    check_line(chosen, sound)
    # Not into the history: what was said then is not said now.
    converse(chosen, Files(sound, output), linger_s=LINGER_S, fast=fast, timings=False, kept=False)
