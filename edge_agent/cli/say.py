"""`edge-agent say`: the speak room on its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.options import ConfigOption, SetOption, check_place, settings
from edge_agent.errors import InputError


def say(
    text: Annotated[str, typer.Argument(help="What to say; '-' reads standard input.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a WAV file instead of playing; '-' is standard output.")
    ] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="Part of the device's name.")] = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Say a text aloud, or write it to a WAV file.

    Example: edge-agent say "It is half past three."

    Example: date | edge-agent say - -o date.wav
    """
    from edge_agent import build

    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise InputError("There is nothing to say.")
    check_place(output, suffix=".wav", pipe=True)
    chosen = settings(config, set_, line={"speaker": speaker})
    voice = build.voice(chosen, build.choose_one(chosen, "tts"))
    if output:
        from edge_agent.lines.audio_file import write_wav

        return write_wav(output, voice.render(words), voice.rate_hz)
    from edge_agent.lines.speaker import Loudspeaker

    loudspeaker = Loudspeaker(voice.rate_hz, chosen.line.speaker)
    try:
        loudspeaker.play(voice.render(words))
    finally:
        loudspeaker.close()
    return None
